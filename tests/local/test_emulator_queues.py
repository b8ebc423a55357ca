"""Queues of the emulator that feed a function: what fails alone, what dies, and a region that is down."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator_process import Emulator
from tests.local.emulated import HOME, OTHER, client, deploy, drained, resource, role

#: Fails for what is called `bad`, and writes what it was given to another queue.
CODE = """
import os
import boto3

def handler(event, context):
    sqs = boto3.client("sqs")
    failed = []
    for record in event["Records"]:
        sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=record["body"])
        if record["body"] == "bad":
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""
TEMPLATE = {
    "Resources": {
        "Role": role("sqs:SendMessage"),
        "Seen": resource("AWS::SQS::Queue"),
        "Dead": resource("AWS::SQS::Queue"),
        "Queue": resource(
            "AWS::SQS::Queue",
            VisibilityTimeout=1,
            RedrivePolicy={"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 2},
        ),
        "Function": resource(
            "AWS::Lambda::Function",
            Code={"ZipFile": CODE},
            Handler="index.handler",
            Runtime="python3.13",
            Role={"Fn::GetAtt": ["Role", "Arn"]},
            Environment={"Variables": {"SEEN": {"Ref": "Seen"}}},
        ),
        "Consumer": resource(
            "AWS::Lambda::EventSourceMapping",
            EventSourceArn={"Fn::GetAtt": ["Queue", "Arn"]},
            FunctionName={"Ref": "Function"},
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": 2},
        ),
    },
    "Outputs": {name: {"Value": {"Ref": name}} for name in ("Queue", "Dead", "Seen")},
}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("queues") / "home") as emulator:
        yield emulator


@pytest.fixture(scope="module")
def queues(emulator: Emulator) -> dict[str, str]:
    return deploy(emulator, "queues", TEMPLATE)


def waiting(emulator: Emulator, url: str, region: str = HOME) -> tuple[int, int]:
    """How many messages are in a queue, and how many of them are being worked at."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = client(emulator, "sqs", region).get_queue_attributes(QueueUrl=url, AttributeNames=names)
    visible, taken = (int(found["Attributes"][name]) for name in names)
    return visible + taken, taken


def test_tries_only_what_failed_again_until_it_is_dead(emulator: Emulator, queues: dict[str, str]) -> None:
    emulator.tell_regions({HOME: "http://127.0.0.1:1"}, up={HOME})
    entries = [{"Id": body, "MessageBody": body} for body in ("good", "bad", "better")]
    client(emulator, "sqs").send_message_batch(QueueUrl=queues["Queue"], Entries=entries)
    assert drained(emulator, queues["Dead"], 1) == ["bad"]
    assert drained(emulator, queues["Seen"], 4) == ["bad", "bad", "better", "good"]
    assert waiting(emulator, queues["Queue"]) == (0, 0)


def test_takes_nothing_from_the_queues_of_a_region_that_is_down(
    emulator: Emulator, queues: dict[str, str]
) -> None:
    fronts = {HOME: "http://127.0.0.1:1", OTHER: "http://127.0.0.1:2"}
    emulator.tell_regions(fronts, up={OTHER})
    peer = deploy(emulator, "queues", TEMPLATE, region=OTHER)
    client(emulator, "sqs").send_message(QueueUrl=queues["Queue"], MessageBody="later")
    client(emulator, "sqs", OTHER).send_message(QueueUrl=peer["Queue"], MessageBody="now")
    # The emulator looks at all queues in one pass, so it has seen the one that is down as well.
    assert drained(emulator, peer["Seen"], 1, OTHER) == ["now"]
    assert waiting(emulator, queues["Queue"]) == (1, 0)
    emulator.tell_regions(fronts, up={HOME, OTHER})
    assert drained(emulator, queues["Seen"], 1) == ["later"]


def test_serves_its_queues_after_a_start_on_another_port(tmp_path: Path) -> None:
    with Emulator(tmp_path) as before:
        deploy(before, "queues", TEMPLATE)
    with Emulator(tmp_path) as emulator:
        assert emulator.url != before.url
        emulator.tell_regions({HOME: "http://127.0.0.1:1"}, up={HOME})
        [stack] = client(emulator, "cloudformation").describe_stacks(StackName="queues")["Stacks"]
        urls = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        client(emulator, "sqs").send_message(QueueUrl=urls["Queue"], MessageBody="any")
        assert drained(emulator, urls["Seen"], 1) == ["any"]
