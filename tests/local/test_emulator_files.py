"""Buckets of the emulator that replicate, and what it tells of files that arrive."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.emulator_process import Emulator
from tests.local.emulated import HOME, OTHER, client, deploy, drained, resource
from tests.waiting import eventually

NAMES = {HOME: "any-home", OTHER: "any-other"}
FRONTS = {HOME: "http://127.0.0.1:1", OTHER: "http://127.0.0.1:2"}
DELAY = 0.2
Versions = set[tuple[str, str]]


def bucket(name: str) -> dict[str, Any]:
    return resource(
        "AWS::S3::Bucket",
        BucketName=name,
        VersioningConfiguration={"Status": "Enabled"},
        NotificationConfiguration={"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
    )


def listening(name: str) -> dict[str, Any]:
    """A template with a bucket, and a queue that hears of all that arrives."""
    return {
        "Resources": {
            "Bucket": bucket(name),
            "Queue": resource("AWS::SQS::Queue"),
            "Rule": resource(
                "AWS::Events::Rule",
                EventPattern={"source": ["aws.s3"], "detail": {"bucket": {"name": [name]}}},
                Targets=[{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
            ),
        },
        "Outputs": {"Queue": {"Value": {"Ref": "Queue"}}},
    }


def replicating(prefix: str) -> dict[str, Any]:
    def call(action: str, **parameters: Any) -> str:
        return json.dumps(
            {
                "service": "S3",
                "action": action,
                "parameters": {"Bucket": NAMES[HOME], **parameters},
                "physicalResourceId": {"id": "any"},
            }
        )

    put = call(
        "PutBucketReplication",
        ReplicationConfiguration={
            "Role": "arn:aws:iam::000000000000:role/any",
            "Rules": [
                {
                    "Status": "Enabled",
                    "Priority": 1,
                    "Filter": {"Prefix": prefix},
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                    "Destination": {"Bucket": f"arn:aws:s3:::{NAMES[OTHER]}"},
                }
            ],
        },
    )
    replication = resource(
        "Custom::BucketReplication",
        ServiceToken="arn:aws:lambda:us-east-1:000000000000:function:any",
        Create=put,
        Update=put,
        Delete=call("DeleteBucketReplication"),
        InstallLatestAwsSdk=False,
    )
    return {"Resources": {"Replication": replication}}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("files") / "home", replication_delay=DELAY) as emulator:
        emulator.tell_regions(FRONTS, up=FRONTS)
        yield emulator


@pytest.fixture(scope="module")
def queues(emulator: Emulator) -> dict[str, str]:
    """Buckets that replicate `own/`, and region → the queue that hears of all that arrives there."""
    queues = {
        region: deploy(emulator, "files", listening(name), region=region)["Queue"]
        for region, name in NAMES.items()
    }
    deploy(emulator, "replication", replicating("other/"))
    deploy(emulator, "replication", replicating("own/"), update=True)
    return queues


@pytest.fixture
def empty(emulator: Emulator, queues: dict[str, str]) -> Iterator[None]:
    yield
    emulator.tell_regions(FRONTS, up=FRONTS)
    for region, name in NAMES.items():
        s3 = client(emulator, "s3", region)
        for key, version in versions(emulator, region):
            s3.delete_object(Bucket=name, Key=key, VersionId=version)
        client(emulator, "sqs", region).purge_queue(QueueUrl=queues[region])


def versions(emulator: Emulator, region: str) -> Versions:
    found = client(emulator, "s3", region).list_object_versions(Bucket=NAMES[region])
    return {(one["Key"], one["VersionId"]) for one in found.get("Versions", [])}


def put(emulator: Emulator, key: str) -> tuple[str, str]:
    found = client(emulator, "s3").put_object(Bucket=NAMES[HOME], Key=key, Body=b"any")
    return key, found["VersionId"]


def copied(emulator: Emulator, expected: Versions) -> Versions:
    """What the other region has, as soon as it is that."""
    return eventually(lambda: versions(emulator, OTHER), lambda found: found == expected)


def told(emulator: Emulator, queue: str, count: int, region: str) -> set[tuple[str, str]]:
    """What a queue heard of: keys and versions."""
    objects = [json.loads(body)["detail"]["object"] for body in drained(emulator, queue, count, region)]
    return {(one["key"], one["version-id"]) for one in objects}


def test_copies_nothing_while_either_region_is_down(emulator: Emulator, empty: None) -> None:
    sent: Versions = set()
    for down in (HOME, OTHER):
        before = set(sent)
        emulator.tell_regions(FRONTS, up={*FRONTS} - {down})
        waiting, gone = put(emulator, "own/1"), put(emulator, "own/1")
        sent.add(waiting)
        client(emulator, "s3").delete_object(Bucket=NAMES[HOME], Key=gone[0], VersionId=gone[1])
        time.sleep(2 * DELAY)
        assert versions(emulator, OTHER) == before
        assert status(emulator, waiting) == "PENDING"
        emulator.tell_regions(FRONTS, up=FRONTS)
        assert copied(emulator, sent) == sent
        assert status(emulator, waiting) == "COMPLETED"


def status(emulator: Emulator, version: tuple[str, str]) -> object:
    s3 = client(emulator, "s3")
    return s3.head_object(Bucket=NAMES[HOME], Key=version[0], VersionId=version[1])["ReplicationStatus"]


def test_copies_later_what_was_sent_before_it_stopped(tmp_path: Path) -> None:
    with Emulator(tmp_path, replication_delay=60) as emulator:
        emulator.tell_regions(FRONTS, up=FRONTS)
        for region, name in NAMES.items():
            deploy(emulator, "files", {"Resources": {"Bucket": bucket(name)}}, region=region)
        deploy(emulator, "replication", replicating("own/"))
        sent = put(emulator, "own/1")
        assert versions(emulator, OTHER) == set()
        assert emulator.stop()
    with Emulator(tmp_path) as emulator:
        assert versions(emulator, OTHER) == {sent}
        for region, name in NAMES.items():
            found = client(emulator, "s3", region).get_object(Bucket=name, Key=sent[0])
            assert found["Body"].read() == b"any"
        assert status(emulator, sent) == "COMPLETED"


def test_lets_a_lost_region_bucket_answer_nobody_in_the_other_one(emulator: Emulator, empty: None) -> None:
    def seen_from(region: str) -> Versions:
        """By a function of a region, as its SDK asks."""
        caller = Config(user_agent_extra=f"app/{region}", retries={"total_max_attempts": 1})
        made = client(emulator, "s3", OTHER, caller).put_object(Bucket=NAMES[OTHER], Key="any", Body=b"any")
        return {("any", made["VersionId"])}

    kept = seen_from(HOME)
    for mute in (set(), {OTHER}):
        emulator.tell_regions(FRONTS, up={HOME, *mute}, mute=mute)
        with pytest.raises(ClientError, match="ServiceUnavailable"):
            seen_from(HOME)
        kept |= seen_from(OTHER)
        # What is mute has executed it all the same.
        assert len(versions(emulator, OTHER) - kept) == len(mute)


def test_replicates_versions_and_tells_of_them_until_it_is_switched_off(
    emulator: Emulator, queues: dict[str, str], empty: None
) -> None:
    first, second, private = (put(emulator, key) for key in ("own/1", "own/1", "other/1"))
    assert versions(emulator, HOME) == {first, second, private}
    assert copied(emulator, {first, second})
    assert told(emulator, queues[HOME], 3, HOME) == {first, second, private}
    assert told(emulator, queues[OTHER], 2, OTHER) == {first, second}

    s3 = client(emulator, "s3")
    s3.delete_object(Bucket=NAMES[HOME], Key=first[0], VersionId=first[1])
    third = put(emulator, "own/3")
    assert copied(emulator, {first, second, third})

    client(emulator, "cloudformation").delete_stack(StackName="replication")
    client(emulator, "cloudformation").get_waiter("stack_delete_complete").wait(
        StackName="replication", WaiterConfig={"Delay": 1}
    )
    put(emulator, "own/2")
    time.sleep(2 * DELAY)
    assert copied(emulator, {first, second, third})
    deploy(emulator, "replication", replicating("own/"))


def test_refuses_a_call_that_it_does_not_make(emulator: Emulator) -> None:
    template = replicating("own/")
    properties = template["Resources"]["Replication"]["Properties"]
    properties["Create"] = properties["Create"].replace("PutBucketReplication", "PutBucketPolicy")
    with pytest.raises(AssertionError, match="only PutBucketReplication is emulated"):
        deploy(emulator, "refused", template)
