"""Buckets of the emulator that replicate, and what it tells of files that arrive."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.emulator_process import Emulator
from tests.local.emulated import HOME, OTHER, client, deploy, resource
from tests.local.test_emulator_queues import drained

NAMES = {HOME: "any-home", OTHER: "any-other"}


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
    with Emulator(tmp_path_factory.mktemp("files") / "home") as emulator:
        yield emulator


def versions(emulator: Emulator, region: str) -> set[tuple[str, str]]:
    found = client(emulator, "s3", region).list_object_versions(Bucket=NAMES[region])
    return {(one["Key"], one["VersionId"]) for one in found.get("Versions", [])}


def told(emulator: Emulator, queue: str, count: int, region: str) -> set[tuple[str, str]]:
    """What a queue heard of: keys and versions."""
    objects = [json.loads(body)["detail"]["object"] for body in drained(emulator, queue, count, region)]
    return {(one["key"], one["version-id"]) for one in objects}


def test_replicates_versions_and_tells_of_them_until_it_is_switched_off(emulator: Emulator) -> None:
    queues = {
        region: deploy(emulator, "files", listening(name), region=region)["Queue"]
        for region, name in NAMES.items()
    }
    deploy(emulator, "replication", replicating("other/"))
    deploy(emulator, "replication", replicating("own/"), update=True)
    s3 = client(emulator, "s3")

    def put(key: str) -> tuple[str, str]:
        return key, s3.put_object(Bucket=NAMES[HOME], Key=key, Body=b"any")["VersionId"]

    first, second, private = put("own/1"), put("own/1"), put("other/1")
    assert versions(emulator, HOME) == {first, second, private}
    assert versions(emulator, OTHER) == {first, second}
    assert told(emulator, queues[HOME], 3, HOME) == {first, second, private}
    assert told(emulator, queues[OTHER], 2, OTHER) == {first, second}

    s3.delete_object(Bucket=NAMES[HOME], Key=first[0], VersionId=first[1])
    assert versions(emulator, OTHER) == {first, second}

    client(emulator, "cloudformation").delete_stack(StackName="replication")
    client(emulator, "cloudformation").get_waiter("stack_delete_complete").wait(
        StackName="replication", WaiterConfig={"Delay": 1}
    )
    put("own/2")
    assert versions(emulator, OTHER) == {first, second}


def test_refuses_a_call_that_it_does_not_make(emulator: Emulator) -> None:
    template = replicating("own/")
    properties = template["Resources"]["Replication"]["Properties"]
    properties["Create"] = properties["Create"].replace("PutBucketReplication", "PutBucketPolicy")
    with pytest.raises(AssertionError, match="only PutBucketReplication is emulated"):
        deploy(emulator, "refused", template)
