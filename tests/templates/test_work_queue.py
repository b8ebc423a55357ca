"""Queues with a function behind them."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Match, Template

from tests.templates.constructs import any_function, any_stack, work_queue
from tools.readable import text
from twinhull import WorkQueue


def queues(template: Template) -> tuple[dict[str, Any], dict[str, Any]]:
    """The properties of the queue and of its dead letters."""
    found = template.find_resources("AWS::SQS::Queue").values()
    (queue,) = (each["Properties"] for each in found if "RedrivePolicy" in each["Properties"])
    (dead,) = (each["Properties"] for each in found if "RedrivePolicy" not in each["Properties"])
    return queue, dead


def should_feed_the_live_version_two_batches_at_once_and_hear_what_failed() -> None:
    stack = any_stack()
    work_queue(stack)
    template = Template.from_stack(stack)
    (alias,) = template.find_resources("AWS::Lambda::Alias")
    (mapping,) = template.find_resources("AWS::Lambda::EventSourceMapping").values()
    called = text(mapping["Properties"].pop("FunctionName"))
    assert called == f"${{${{{alias}}} split by : [6]}}:live"
    assert mapping["Properties"].pop("EventSourceArn")
    assert mapping["Properties"] == {
        "BatchSize": 10,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
    }


def should_try_five_times_and_keep_what_failed_for_fourteen_days() -> None:
    stack = any_stack()
    work_queue(stack)
    queue, dead = queues(Template.from_stack(stack))
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    assert dead["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
    # A dead message's age counts from when it was first sent, so the queue must not keep it as long.
    assert "MessageRetentionPeriod" not in queue


def should_encrypt_both_queues_and_refuse_plain_connections() -> None:
    stack = any_stack()
    work_queue(stack)
    template = Template.from_stack(stack)
    assert [each["SqsManagedSseEnabled"] for each in queues(template)] == [True, True]
    policies = template.find_resources("AWS::SQS::QueuePolicy").values()
    statements = [each["Properties"]["PolicyDocument"]["Statement"] for each in policies]
    assert [(one["Effect"], one["Action"], one["Condition"]) for (one,) in statements] == [
        ("Deny", "sqs:*", {"Bool": {"aws:SecureTransport": "false"}})
    ] * 2


@pytest.mark.parametrize("seconds", [1, 10, 900])
def should_wait_six_times_as_long_as_its_function_may_take(seconds: int) -> None:
    stack = any_stack()
    WorkQueue(stack, "Work", function=any_function(stack, timeout=cdk.Duration.seconds(seconds)))
    queue, _ = queues(Template.from_stack(stack))
    assert queue["VisibilityTimeout"] == 6 * seconds


def should_refuse_to_try_again_what_may_still_be_worked_at() -> None:
    work_queue(any_stack(), visibility_timeout=cdk.Duration.seconds(60))
    with pytest.raises(ValueError, match="visibility_timeout is 59 seconds; give it at least 60"):
        work_queue(any_stack(), visibility_timeout=cdk.Duration.seconds(59))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"batch_size": 0}, "batch_size is 0; give 1 to 10"),
        ({"batch_size": 11}, "batch_size is 11; give 1 to 10"),
        ({"max_concurrency": 1}, "max_concurrency is 1; give 2 to 1000"),
        ({"max_concurrency": 1001}, "max_concurrency is 1001; give 2 to 1000"),
        ({"max_receive_count": 0}, "max_receive_count is 0; give 1 to 1000"),
    ],
)
def should_say_which_number_is_out_of_bounds(arguments: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        work_queue(any_stack(), **arguments)


def should_let_the_function_take_from_its_queue_before_it_is_asked_to() -> None:
    stack = any_stack()
    work = work_queue(stack)
    template = Template.from_stack(stack)
    ((id, policy),) = template.find_resources("AWS::IAM::Policy").items()
    (mapping,) = template.find_resources("AWS::Lambda::EventSourceMapping").values()
    assert id in mapping["DependsOn"]
    name = stack.get_logical_id(work.queue.node.default_child)  # type: ignore[arg-type]
    assert {
        (action, text(statement["Resource"]))
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in statement["Action"]
        if action.startswith("sqs:")
    } == {
        (f"sqs:{action}", f"${{{name}.Arn}}")
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
    }


def should_let_a_sender_send_and_nothing_else() -> None:
    stack = any_stack()
    work = work_queue(stack)
    sender = any_function(stack, "Sender")
    work.grant_send(sender)
    Template.from_stack(stack).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyName": Match.string_like_regexp("^SenderRole"),
            "PolicyDocument": {
                "Statement": Match.array_with([Match.object_like({"Action": "sqs:SendMessage"})])
            },
        },
    )


def should_offer_what_alarms_look_at() -> None:
    stack = any_stack()
    work = work_queue(stack)
    assert [
        (metric.metric_name, metric.statistic)
        for metric in (
            work.metric_depth(),
            work.metric_age(),
            work.metric_in_flight(),
            work.metric_dead_letters(),
        )
    ] == [
        ("ApproximateNumberOfMessagesVisible", "Maximum"),
        ("ApproximateAgeOfOldestMessage", "Maximum"),
        ("ApproximateNumberOfMessagesNotVisible", "Maximum"),
        ("ApproximateNumberOfMessagesVisible", "Maximum"),
    ]
    assert work.metric_depth().dimensions != work.metric_dead_letters().dimensions


def should_take_overrides_for_the_queue_and_a_key_for_both() -> None:
    stack = any_stack()
    work_queue(
        stack,
        batch_size=1,
        max_concurrency=5,
        max_receive_count=3,
        dead_letter_retention=cdk.Duration.days(7),
        queue_name="any",
        retention_period=cdk.Duration.days(1),
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=kms.Key(stack, "Key"),
    )
    template = Template.from_stack(stack)
    queue, dead = queues(template)
    assert (queue["QueueName"], queue["MessageRetentionPeriod"]) == ("any", 24 * 60 * 60)
    assert "QueueName" not in dead
    assert dead["MessageRetentionPeriod"] == 7 * 24 * 60 * 60
    assert queue["KmsMasterKeyId"] == dead["KmsMasterKeyId"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 3
    template.has_resource_properties(
        "AWS::Lambda::EventSourceMapping", {"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 5}}
    )
