"""Who sends e-mail, and where it is told what became of it."""

import json
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_route53 as route53
from aws_cdk.assertions import Template

from notices.deliver import LEASE
from tests.templates.constructs import SENDER, any_stack, mail_sender
from tests.templates.reading import granted
from tools.assembly import Assembly
from tools.readable import text


def zone(stack: cdk.Stack, name: str = "example.com") -> route53.IPublicHostedZone:
    return route53.PublicHostedZone.from_public_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id="Z1", zone_name=name
    )


@pytest.fixture
def sending(synthesize: Callable[..., Assembly]) -> Assembly:
    return synthesize(sender=SENDER)


def should_bring_bounces_and_complaints_to_the_queue_as_they_are() -> None:
    stack = any_stack()
    mail_sender(stack)
    template = Template.from_stack(stack)
    (subscription,) = template.find_resources("AWS::SNS::Subscription").values()
    assert subscription["Properties"]["RawMessageDelivery"] is True
    assert subscription["Properties"]["Protocol"] == "sqs"
    (destination,) = template.find_resources("AWS::SES::ConfigurationSetEventDestination").values()
    assert destination["Properties"]["EventDestination"]["MatchingEventTypes"] == ["bounce", "complaint"]


def should_let_only_ses_publish_and_nobody_without_tls() -> None:
    stack = any_stack()
    mail_sender(stack)
    (policy,) = Template.from_stack(stack).find_resources("AWS::SNS::TopicPolicy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    assert [each["Principal"] for each in allowed] == [{"Service": "ses.amazonaws.com"}]
    assert ":configuration-set/" in text(allowed[0]["Condition"]["StringEquals"]["AWS:SourceArn"])
    assert [each["Condition"] for each in statements if each["Effect"] == "Deny"] == [
        {"Bool": {"aws:SecureTransport": "false"}}
    ]


def should_encrypt_the_topic_by_no_key_that_ses_may_not_use() -> None:
    """What SES publishes to a topic under `alias/aws/sns` is lost without a word."""
    stack = any_stack()
    mail_sender(stack)
    (topic,) = Template.from_stack(stack).find_resources("AWS::SNS::Topic").values()
    assert "KmsMasterKeyId" not in topic.get("Properties", {})


def should_verify_the_address_or_the_domain() -> None:
    stack = any_stack()
    mail_sender(stack)
    (identity,) = Template.from_stack(stack).find_resources("AWS::SES::EmailIdentity").values()
    assert identity["Properties"]["EmailIdentity"] == SENDER
    stack = any_stack()
    mail_sender(stack, zone=zone(stack))
    template = Template.from_stack(stack)
    (identity,) = template.find_resources("AWS::SES::EmailIdentity").values()
    assert identity["Properties"]["EmailIdentity"] == "example.com"
    assert len(template.find_resources("AWS::Route53::RecordSet")) == 3


def should_refuse_an_address_that_it_could_not_send_from() -> None:
    with pytest.raises(ValueError, match="give one like 'notices@"):
        mail_sender(any_stack(), address="notices")
    stack = any_stack()
    with pytest.raises(ValueError, match="leave the zone out"):
        mail_sender(stack, zone=zone(stack, "other.example"))


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
def should_let_the_notifier_alone_send_and_only_from_the_sender(region: str, sending: Assembly) -> None:
    may = {
        name: [target for action, target in granted(sending, region, name) if action.startswith("ses:")]
        for where, name in sending.functions()
        if where == region
    }
    notifiers = may.pop("notifier")
    assert sorted(target.rpartition("/")[0].rpartition(":")[2] for target in notifiers) == [
        "configuration-set",
        "identity",
    ]
    assert not any(may.values())
    variables = sending.functions()[region, "notifier"].properties["Environment"]["Variables"]
    assert variables["SENDER"] == SENDER
    assert variables["CONFIGURATION_SET"]


def should_make_nothing_of_it_without_a_sender(assembly: Assembly) -> None:
    kinds = ("AWS::SES::EmailIdentity", "AWS::SES::ConfigurationSet", "AWS::SNS::Subscription")
    assert list(assembly.resources(*kinds)) == []
    for (_, name), function in assembly.functions().items():
        assert "SENDER" not in function.properties["Environment"]["Variables"], name


def should_verify_the_pages_own_domain_by_records_in_its_zone(synthesize: Callable[..., Assembly]) -> None:
    own = synthesize(
        sender="notices@app.example.com",
        domain_name="app.example.com",
        hosted_zone_id="Z0123456789ABCDEFGHIJ",
    )
    names = [one.properties["EmailIdentity"] for one in own.resources("AWS::SES::EmailIdentity")]
    assert names == ["app.example.com", "app.example.com"]


def should_work_off_a_batch_before_its_leases_end(assembly: Assembly) -> None:
    for (_, name), function in assembly.functions().items():
        if name == "notifier":
            assert function.properties["Timeout"] < LEASE.total_seconds()


def should_tell_each_region_where_the_page_is(assembly: Assembly) -> None:
    """And nothing else tells the notifier, least of all a request."""
    parameters = {one.region: one.properties for one in assembly.resources("AWS::SSM::Parameter")}
    assert set(parameters) == {"us-east-1", "us-west-2"}
    for region, properties in parameters.items():
        variables = assembly.functions()[region, "notifier"].properties["Environment"]["Variables"]
        assert variables["PAGE_PARAMETER"] == properties["Name"]
        assert "twinhull-edge" in json.dumps(properties["Value"])
