"""The topics: without a key, so that alarms are delivered, and for nobody but CloudWatch of this account."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from tools.assembly import Assembly
from twinhull.alarms.topics import AlarmTopics


def template(**arguments: Any) -> Template:
    stack = cdk.Stack(cdk.App(), "any", env=cdk.Environment(region="eu-west-1"))
    AlarmTopics(stack, "Topics", name="any", **arguments)
    return Template.from_stack(stack)


def should_have_no_key_and_refuse_what_is_not_encrypted_on_its_way(assembly: Assembly) -> None:
    """Alarms cannot use `alias/aws/sns`: they are not delivered, and nothing says so."""
    topics = list(assembly.resources("AWS::SNS::Topic"))
    assert len(topics) == 4
    assert [topic.id for topic in topics if "KmsMasterKeyId" in topic.properties] == []
    for policy in assembly.resources("AWS::SNS::TopicPolicy"):
        statements = policy.properties["PolicyDocument"]["Statement"]
        (denied,) = [one for one in statements if one["Effect"] == "Deny"]
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        (allowed,) = [one for one in statements if one["Effect"] == "Allow"]
        assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert allowed["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def should_send_each_severity_where_it_belongs(assembly: Assembly) -> None:
    for alarm in assembly.resources("AWS::CloudWatch::Alarm"):
        actions = str(alarm.properties.get("AlarmActions", ""))
        description = alarm.properties["AlarmDescription"]
        assert ("-pages" in actions) == ("Pages when" in description), alarm.id
        assert ("-tickets" in actions) == ("Opens a ticket when" in description), alarm.id
        assert alarm.properties.get("OKActions", "") == alarm.properties.get("AlarmActions", "")


def should_tell_people_and_machines() -> None:
    found = template(pages=["oncall@example.com", "https://example.com/hook"], tickets=["team@example.com"])
    told = found.find_resources("AWS::SNS::Subscription").values()
    assert {(one["Properties"]["Protocol"], one["Properties"]["Endpoint"]) for one in told} == {
        ("email", "oncall@example.com"),
        ("https", "https://example.com/hook"),
        ("email", "team@example.com"),
    }


@pytest.mark.parametrize("told", ["nobody", "http://example.com", "a@b", ""])
def should_refuse_whom_it_cannot_tell(told: str) -> None:
    with pytest.raises(ValueError, match="give an e-mail address or an https:// address"):
        template(pages=[told])


def should_make_topics_of_the_edge_where_no_region_serves(synthesize: Callable[..., Assembly]) -> None:
    abroad = synthesize(
        primary_region="eu-west-1",
        secondary_region="eu-west-2",
        witness_region="eu-west-3",
        pages_to="a@b.cc",
    )
    places = {(topic.stack, topic.region) for topic in abroad.resources("AWS::SNS::Topic")}
    assert places == {
        ("twinhull-stateful-eu-west-1", "eu-west-1"),
        ("twinhull-stateful-eu-west-2", "eu-west-2"),
        ("twinhull-edge", "us-east-1"),
    }
    assert len(list(abroad.resources("AWS::SNS::Subscription"))) == 3


def should_make_none_without_alarms(synthesize: Callable[..., Assembly]) -> None:
    off = synthesize(alarms="off")
    assert (
        list(off.resources("AWS::SNS::Topic", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"))
        == []
    )
