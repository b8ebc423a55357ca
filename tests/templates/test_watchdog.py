"""The watchdog: what it may do, when it looks, and where it is."""

import json
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from tests.templates.constructs import watchdog
from tests.templates.reading import granted_to_watchdog, watchdog_function
from tools.assembly import Assembly
from tools.readable import text

PEERS = {"us-east-1": "us-west-2", "us-west-2": "us-east-1"}


@pytest.fixture(scope="module")
def enforcing(synthesize: Callable[..., Assembly]) -> Assembly:
    return synthesize(watchdog="enforce")


@pytest.mark.parametrize("region", PEERS)
def should_watch_each_region_from_the_other(region: str, assembly: Assembly) -> None:
    variables = watchdog_function(assembly, region).properties["Environment"]["Variables"]
    assert variables["PEER_REGION"] == PEERS[region]
    url = text(variables["PEER_URL"])
    assert f".execute-api.{PEERS[region]}." in url
    assert url.endswith("/api/v1/health/ready")
    assert variables["MODE"] == "report"


@pytest.mark.parametrize("region", PEERS)
def should_look_each_minute_by_the_live_alias(region: str, assembly: Assembly) -> None:
    (rule,) = assembly.resources("AWS::Events::Rule", stack=f"-watch-{region}")
    assert rule.properties["ScheduleExpression"] == "rate(1 minute)"
    assert rule.properties["State"] == "ENABLED"
    (target,) = rule.properties["Targets"]
    assert "WatchdogLive" in json.dumps(target["Arn"])
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 0}


@pytest.mark.parametrize("region", PEERS)
def should_end_before_the_next_look(region: str, assembly: Assembly) -> None:
    assert watchdog_function(assembly, region).properties["Timeout"] < 60


@pytest.mark.parametrize("region", PEERS)
def should_only_read_while_it_is_to_report(region: str, assembly: Assembly) -> None:
    may = granted_to_watchdog(assembly, region)
    assert set(may) == {"secretsmanager:GetSecretValue", "cloudfront-keyvaluestore:GetKey"}


@pytest.mark.parametrize("region", PEERS)
def should_write_its_own_item_only(region: str, enforcing: Assembly) -> None:
    may = granted_to_watchdog(enforcing, region)
    write = may["dynamodb:UpdateItem"]
    assert f":dynamodb:{region}:" in text(write["Resource"])
    assert write["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["health"]}}


@pytest.mark.parametrize("region", PEERS)
def should_be_allowed_to_drain_only_if_it_is_told_to(region: str, enforcing: Assembly) -> None:
    assert watchdog_function(enforcing, region).properties["Environment"]["Variables"]["MODE"] == "enforce"
    drain = granted_to_watchdog(enforcing, region)["cloudfront-keyvaluestore:PutKey"]
    assert drain["Resource"] == {
        "Fn::GetStackOutput": {
            "StackName": "twinhull-edge",
            "Region": "us-east-1",
            "OutputName": drain["Resource"]["Fn::GetStackOutput"]["OutputName"],
        }
    }


def should_not_be_there_when_it_is_off(synthesize: Callable[..., Assembly]) -> None:
    assert [stack for stack in synthesize(watchdog="off").stacks if "-watch-" in stack] == []


def should_refuse_a_mode_that_it_does_not_know() -> None:
    stack = cdk.Stack(cdk.App(), "any", env=cdk.Environment(region="eu-west-1"))
    with pytest.raises(ValueError, match="mode is 'bark'; it must be 'report' or 'enforce'"):
        watchdog(stack, mode="bark")


def should_refuse_to_tell_in_a_way_that_there_is_not() -> None:
    stack = cdk.Stack(cdk.App(), "any", env=cdk.Environment(region="eu-west-1"))
    with pytest.raises(ValueError, match="tells_by is 'mail'; it must be 'metric' or 'failure'"):
        watchdog(stack, tells_by="mail")


def should_take_another_interval_and_other_properties_of_its_function() -> None:
    stack = cdk.Stack(cdk.App(), "any", env=cdk.Environment(region="eu-west-1"))
    watchdog(stack, interval=cdk.Duration.minutes(5), reserved_concurrent_executions=1)
    template = Template.from_stack(stack)
    template.has_resource_properties("AWS::Events::Rule", {"ScheduleExpression": "rate(5 minutes)"})
    template.has_resource_properties("AWS::Lambda::Function", {"ReservedConcurrentExecutions": 1})
