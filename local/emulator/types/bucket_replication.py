"""Custom::BucketReplication: the two calls of S3 that the CDK's function makes, made in the emulator."""

import json
from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from local.emulator.properties.bucket import to_xml

TYPE = "Custom::BucketReplication"

Properties = dict[str, Any]


def _put(call: str) -> str:
    """Make the call of a property; the resource's physical id."""
    told = json.loads(call)
    if (told["service"], told["action"]) != ("S3", "PutBucketReplication"):
        raise ValueError(f"{TYPE}: only PutBucketReplication is emulated, not {told['action']}")
    parameters = told["parameters"]
    configuration = parameters["ReplicationConfiguration"]
    document = to_xml(
        "ReplicationConfiguration", {"Role": configuration["Role"], "Rule": configuration["Rules"]}
    )
    status, _, answer = s3._put_bucket_replication(parameters["Bucket"], document)
    if status >= 400:
        raise ValueError(f"{TYPE}: {parameters['Bucket']} was not replicated: {answer!r}")
    return str(told["physicalResourceId"]["id"])


def install() -> None:
    """Register the type; without it MiniStack would call the CDK's function, which needs Node."""

    def create(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        return _put(properties["Create"]), {}

    def update(_physical_id: str, _old: Properties, new: Properties, _stack: str) -> tuple[str, Properties]:
        return _put(new["Update"]), {}

    def delete(_physical_id: str, properties: Properties) -> None:
        s3._delete_bucket_replication(json.loads(properties["Delete"])["parameters"]["Bucket"])

    provisioners._RESOURCE_HANDLERS[TYPE] = {"create": create, "update": update, "delete": delete}
