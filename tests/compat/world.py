"""A recording, and an AWS account in moto that holds what was recorded.

As a program, run recorded calls with the functions on `PYTHONPATH`, and write what they return to a file:
``python -P tests/compat/world.py RECORDING OUTPUT < calls.json``. It imports nothing else of this repository.
"""

import base64
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

import boto3
import time_machine
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.ses.models import ses_backends
from pytest_socket import disable_socket

Item = dict[str, Any]
Handler = Callable[[Any, Any], Any]

#: What Lambda passes to a function besides the event.
CONTEXT: Final = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)
_STANDING: Final = time.monotonic()


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A recorded call of a function and its result.

    :ivar changed: the keys of the items that the call wrote or deleted.
    :ivar mails: how many emails it sent.
    """

    name: str
    at: str
    function: str
    event: Any
    answer: Any
    changed: Sequence[str]
    mails: int


class Recording:
    """The files of one release's recording."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> Any:
        """Return the content of a JSON file."""
        return json.loads((self.folder / f"{name}.json").read_text())

    def exchanges(self, name: str) -> list[Exchange]:
        """Return the exchanges of a file."""
        return [Exchange(**each) for each in self.read(name)]

    @cached_property
    def settings(self) -> Any:
        """The moment of the recording, the functions' environment, secrets and tables' schemas."""
        return self.read("settings")

    @cached_property
    def items(self) -> dict[str, list[Item]]:
        """Table name → items, in DynamoDB's JSON."""
        return dict(self.read("items"))

    @property
    def users(self) -> list[Item]:
        """The items of the main table."""
        return self.items[self.settings["environment"]["TABLE_NAME"]]


V0_1_0: Final = Recording(Path(__file__).parent / "v0_1_0")


def key_of(item: Item) -> str:
    """Return an item's key as text."""
    return f"{item['pk']['S']}/{item['sk']['S']}"


@contextmanager
def stopped_at(moment: str) -> Iterator[None]:
    """Stop all clocks at a moment, also the one that deadlines and caches are measured by."""
    with (
        time_machine.travel(datetime.fromisoformat(moment), tick=False),
        mock.patch("time.monotonic", lambda: _STANDING),
    ):
        yield


class World:
    """An account with everything that the functions of a recording need.

    :ivar region: the Region that the functions run in.
    """

    def __init__(self, recording: Recording, *, create_table: Callable[[str], object] | None = None) -> None:
        """Take the tables' schemas from the recording, unless ``create_table`` makes them from a name."""
        self._recording = recording
        self._create_table = create_table or self._create_recorded_table
        self.settings = recording.settings
        self.environment: Mapping[str, str] = self.settings["environment"]
        self.region = self.environment["AWS_REGION"]
        self._clients: dict[tuple[str, str], Any] = {}
        self.table = self.environment["TABLE_NAME"]
        self.buckets = {
            self.region: self.environment["UPLOADS_BUCKET"],
            self.environment["PEER_REGION"]: self.environment["PEER_UPLOADS_BUCKET"],
        }

    @contextmanager
    def open(self) -> Iterator["World"]:
        """Create everything, and remove it in the end: other tests may share the account."""
        with mock.patch.dict(os.environ, self.environment), mock_aws():
            self._fill()
            try:
                yield self
            finally:
                self._clear()

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client in the functions' Region, or another one."""
        which = (service, region or self.region)
        if which not in self._clients:
            self._clients[which] = boto3.client(service, region_name=which[1])  # type: ignore[call-overload]
        return self._clients[which]

    def items(self, table: str = "") -> list[Item]:
        """Return the items of a table, of the main one if none is named."""
        backend = dynamodb_backends[DEFAULT_ACCOUNT_ID][self.region]
        # A scan through botocore takes a hundred times as long.
        return [item.to_json()["Attributes"] for item in backend.get_table(table or self.table).all_items()]

    def put(self, item: Item) -> None:
        """Put an item into the main table, whatever is there."""
        self.client("dynamodb").put_item(TableName=self.table, Item=item)

    def changed(self) -> list[str]:
        """Return the keys of the main table's items that are not as recorded."""
        recorded, now = ({key_of(each): each for each in items} for items in (self._users, self.items()))
        return sorted(key for key in recorded.keys() | now.keys() if recorded.get(key) != now.get(key))

    def restore(self) -> None:
        """Make all items those of the recording again."""
        client = self.client("dynamodb")
        for table, recorded in self._recording.items.items():
            wanted = {key_of(each): each for each in recorded}
            present = {key_of(each): each for each in self.items(table)}
            for key in present.keys() - wanted.keys():
                item = present[key]
                client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
            for key, item in wanted.items():
                if present.get(key) != item:
                    client.put_item(TableName=table, Item=item)

    def sent(self) -> int:
        """Return how many emails were sent."""
        return int(ses_backends[DEFAULT_ACCOUNT_ID][self.region].sent_message_count)

    def received(self, queue: str) -> list[Any]:
        """Return the messages in a queue and remove them; its address is that environment variable's."""
        sqs, url = self.client("sqs"), self.environment[queue]
        bodies: list[Any] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                bodies.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def play(self, handler: Handler, name: str, function: str, event: Any, at: str) -> Exchange:
        """Call a function, as it was called or as it is called first."""
        with stopped_at(at):
            before = self.sent()
            answer = handler(event, CONTEXT)
            mails = self.sent() - before
        return Exchange(
            name=name,
            at=at,
            function=function,
            event=event,
            answer=answer,
            changed=self.changed(),
            mails=mails,
        )

    @property
    def _users(self) -> list[Item]:
        return self._recording.users

    def _create_recorded_table(self, name: str) -> None:
        self.client("dynamodb").create_table(TableName=name, **self.settings["tables"][name])

    def _fill(self) -> None:
        for name in self.settings["tables"]:
            self._create_table(name)
        self.restore()
        for name, value in self.settings["secrets"].items():
            self.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))
        for name, value in self.settings["parameters"].items():
            self.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
        with suppress(ClientError):  # another test's
            self.client("sesv2").create_email_identity(EmailIdentity=self.environment["SENDER"])
        for url in self._queues():
            self.client("sqs").create_queue(QueueName=url.rpartition("/")[2])
        for region, name in self.buckets.items():
            s3 = self.client("s3", region)
            where: Any = {} if region == "us-east-1" else {"LocationConstraint": region}
            s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        for stored in self._recording.read("objects"):
            self._store(stored)

    def _store(self, stored: Mapping[str, str]) -> None:
        region, key = stored["region"], stored["key"]
        content = base64.b64decode(stored["content"])
        self.client("s3", region).put_object(Bucket=self.buckets[region], Key=key, Body=content)
        # Nobody chooses a version's name, but items hold it.
        bucket = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[self.buckets[region]]
        bucket.keys.getlist(key)[-1]._version_id = stored["version"]

    def _queues(self) -> list[str]:
        return [self.environment["NOTIFIER_QUEUE"], self.environment["ARRIVALS_QUEUE"]]

    def _clear(self) -> None:
        for name in self.settings["tables"]:
            self.client("dynamodb").delete_table(TableName=name)
        for name in self.settings["secrets"]:
            self.client("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        for url in self._queues():
            self.client("sqs").delete_queue(QueueUrl=url)
        for region, name in self.buckets.items():
            s3 = self.client("s3", region)
            found = s3.list_object_versions(Bucket=name)
            for each in (*found.get("Versions", ()), *found.get("DeleteMarkers", ())):
                s3.delete_object(Bucket=name, Key=each["Key"], VersionId=each["VersionId"])
            s3.delete_bucket(Bucket=name)


def load(function: str) -> Handler:
    """Return a function's handler, initialised in the environment as it is now."""
    name = f"functions.{function}.handler"
    sys.modules.pop(name, None)
    handler: Handler = import_module(name).handler
    return handler


def main(folder: str, output: str) -> None:
    """Import the function of each call anew, and call it with the recorded items."""
    disable_socket()
    played = []
    with World(Recording(Path(folder))).open() as world:
        for call in json.load(sys.stdin):
            with stopped_at(call["at"]):
                handler = load(call["function"])
            world.restore()
            played.append(vars(world.play(handler, **call)))
    Path(output).write_text(json.dumps({"played": played, "modules": loaded()}))


def loaded() -> dict[str, str]:
    """Return name → file of the loaded modules that are neither installed nor Python's own."""
    files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    installed = (sys.prefix, sys.base_prefix)
    return {name: file for name, file in files.items() if file and not file.startswith(installed)}


if __name__ == "__main__":
    main(*sys.argv[1:])
