"""People who send files, as a browser or curl does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import urllib3

from tests.cloud import Cloud
from tests.lambdas.files import PDF
from tests.local.client import Answer, Client
from tests.local.people import any_key
from tests.waiting import eventually

__all__ = ["PDF", "Storage", "ask", "post", "shown"]


def ask(
    client: Client,
    content: bytes = PDF,
    *,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    **fields: Any,
) -> Answer:
    """Ask for a form for a file."""
    body = {
        "kind": "document",
        "filename": "passport.pdf",
        "content_type": "application/pdf",
        "size": len(content),
        **fields,
    }
    sent = {"idempotency-key": key or any_key(), **(headers or {})}
    return client("POST", "/api/v1/uploads", body, headers=sent)


def post(form: Any, content: bytes = PDF, *, changed: Mapping[str, str] | None = None) -> Answer:
    """Send a file by a form."""
    fields = {**form["fields"], **(changed or {})}
    body, kind = urllib3.encode_multipart_formdata([*fields.items(), ("file", ("any", content))])
    address = urlsplit(form["url"])
    client = Client(f"{address.scheme}://{address.netloc}")
    return client("POST", address.path, body=body, headers={"content-type": kind})


def shown(client: Client, id: str, *states: str) -> Any:
    """An upload, as soon as it is in one of these states."""
    return eventually(
        lambda: client("GET", f"/api/v1/uploads/{id}").json(), lambda upload: upload["state"] in states
    )


@dataclass(frozen=True)
class Storage:
    """What the functions see: buckets, queues and the table, in the emulator."""

    cloud: Cloud

    def client(self, service: str, region: str) -> Any:
        table = self.cloud.config["table"]
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=table["endpoint"],
            region_name=region,
            aws_access_key_id=table["access_key"],
            aws_secret_access_key=table["secret_key"],
        )

    def bucket(self, region: str) -> str:
        """The name of a region's bucket."""
        names = [one["Name"] for one in self.client("s3", region).list_buckets()["Buckets"]]
        (bucket,) = (name for name in names if "-uploads-" in name and name.endswith(region))
        return str(bucket)

    def versions(self, region: str, id: str) -> set[tuple[str, str]]:
        """Keys and versions of an upload's files in a region's bucket."""
        found = self.client("s3", region).list_object_versions(Bucket=self.bucket(region))
        return {
            (one["Key"], one["VersionId"])
            for one in (*found.get("Versions", ()), *found.get("DeleteMarkers", ()))
            if one["Key"].endswith(id)
        }

    def leave_behind(self, region: str, id: str) -> None:
        """Put a version of an upload's file, and a delete marker, where no event tells of them."""
        peer = next(one for one in self.cloud.regions if one != region)
        where = {"Bucket": self.bucket(region), "Key": f"uploads/{peer}/{id}"}
        s3 = self.client("s3", region)
        s3.put_object(**where, Body=PDF)
        s3.delete_object(**where)

    def queue(self, region: str, *, dead: bool = False) -> str:
        """The address of the queue of what arrives in a region."""
        name = "ArrivalsDeadLetterQueueUrl" if dead else "ArrivalsQueueUrl"
        stacks = self.client("cloudformation", region).describe_stacks()["Stacks"]
        outputs = [output for stack in stacks for output in stack.get("Outputs", ())]
        return next(str(one["OutputValue"]) for one in outputs if one["OutputKey"] == name)

    def send(self, region: str, message: Any) -> None:
        """Put a message into that queue."""
        sqs = self.client("sqs", region)
        sqs.send_message(QueueUrl=self.queue(region), MessageBody=json.dumps(message))

    def waiting(self, region: str, *, dead: bool = False) -> int:
        """How many messages are in that queue."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client("sqs", region).get_queue_attributes(
            QueueUrl=self.queue(region, dead=dead), AttributeNames=names
        )
        return sum(int(found["Attributes"][name]) for name in names)

    def change(self, id: str, *, sk: str = "upload", **attributes: str) -> None:
        """Write texts into an upload's item, or into another one beside it."""
        table = self.cloud.config["table"]
        names = list(attributes)
        self.client("dynamodb", table["region"]).update_item(
            TableName=table["name"],
            Key={"pk": {"S": id}, "sk": {"S": sk}},
            UpdateExpression="SET " + ", ".join(f"#{one} = :{one}" for one in names),
            ExpressionAttributeNames={f"#{one}": one for one in names},
            ExpressionAttributeValues={f":{one}": {"S": attributes[one]} for one in names},
        )
