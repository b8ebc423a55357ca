"""The schedule of the key rotation."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_events as events
from aws_cdk.assertions import Match, Template

from tools.readable import text
from twinhull import KeyRotation, LiveFunction, PythonPackage, ReplicatedSecret


def any_rotation(region: str = "eu-west-1", **arguments: Any) -> cdk.Stack:
    """The stack of a function that rotates a secret of eu-west-1."""
    app = cdk.App()
    home = cdk.Stack(app, "home", env=cdk.Environment(region="eu-west-1"))
    secret = ReplicatedSecret(
        home,
        "Secret",
        secret_name="any",
        regions=["eu-west-1", "eu-west-2"],
        template={"sign": "a"},
        generated_key="a",
    )
    stack = cdk.Stack(app, "any", env=cdk.Environment(region=region))
    package = PythonPackage(name="any", files={"any.py": b"def handler(*_): ..."}, requirements=())
    function = LiveFunction(stack, "Any", package=package, handler="any.handler")
    KeyRotation(stack, "Rotation", secret=secret, function=function, **arguments)
    return stack


def should_call_the_live_version_once_an_hour() -> None:
    template = Template.from_stack(any_rotation())
    (alias,) = template.find_resources("AWS::Lambda::Alias")
    template.has_resource_properties(
        "AWS::Events::Rule",
        {"ScheduleExpression": "rate(1 hour)", "Targets": [Match.object_like({"Arn": {"Ref": alias}})]},
    )


def should_be_called_by_its_own_schedule_only() -> None:
    template = Template.from_stack(any_rotation())
    (rule,) = template.find_resources("AWS::Events::Rule")
    (permission,) = template.find_resources("AWS::Lambda::Permission").values()
    assert permission["Properties"]["Principal"] == "events.amazonaws.com"
    assert permission["Properties"]["SourceArn"] == {"Fn::GetAtt": [rule, "Arn"]}


def should_let_the_function_read_and_write_that_one_secret() -> None:
    template = Template.from_stack(any_rotation())
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    secret = "arn:${AWS::Partition}:secretsmanager:eu-west-1:${AWS::AccountId}:secret:any-??????"
    assert {
        (statement["Action"], text(statement["Resource"]))
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "secretsmanager" in str(statement["Action"])
    } == {("secretsmanager:GetSecretValue", secret), ("secretsmanager:PutSecretValue", secret)}


def should_take_another_schedule_and_overrides() -> None:
    stack = any_rotation(
        schedule=events.Schedule.rate(cdk.Duration.minutes(10)), enabled=False, description="any"
    )
    Template.from_stack(stack).has_resource_properties(
        "AWS::Events::Rule",
        {"ScheduleExpression": "rate(10 minutes)", "State": "DISABLED", "Description": "any"},
    )


def should_refuse_a_function_that_sees_only_a_replica() -> None:
    with pytest.raises(ValueError, match="written in eu-west-1, and the grantee is in eu-west-2"):
        any_rotation("eu-west-2")
