"""The intake function: what it makes of the messages in its queue."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from files.leftovers import DynamoLeftovers
from files.looks import QueueLooks
from files.model import object_key
from files.objects import Away, S3Objects
from files.store import DynamoStore
from tests.lambdas.api import ENVIRONMENT, PEER, REGION, TABLE, Api, load
from tests.lambdas.builders import any_key
from tests.lambdas.files import PDF
from tests.lambdas.logged import Log
from tests.lambdas.queues import notifiers_queue
from tests.lambdas.uploading import ask


@pytest.fixture(scope="module")
def intake(aws: None) -> Iterator[Any]:
    """The function, and the buckets of both regions."""
    names = {REGION: ENVIRONMENT["UPLOADS_BUCKET"], PEER: ENVIRONMENT["PEER_UPLOADS_BUCKET"]}
    for region, name in names.items():
        s3 = boto3.client("s3", region_name=region)
        where: Any = {} if region == "us-east-1" else {"LocationConstraint": region}
        s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield load("intake").handler
    for region, name in names.items():
        s3 = boto3.client("s3", region_name=region)
        for one in s3.list_object_versions(Bucket=name).get("Versions", []):
            s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
        s3.delete_bucket(Bucket=name)


def batch(*bodies: object) -> dict[str, Any]:
    """A batch of a queue; the messages are called by their number."""
    return {
        "Records": [
            {
                "messageId": str(number),
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for number, body in enumerate(bodies)
        ]
    }


def arrival(id: str, content: bytes = PDF) -> dict[str, Any]:
    """The event of a file that was sent to this region."""
    key = object_key(REGION, id)
    s3 = boto3.client("s3", region_name=REGION)
    version = s3.put_object(Bucket=ENVIRONMENT["UPLOADS_BUCKET"], Key=key, Body=content)["VersionId"]
    return {"source": "aws.s3", "detail": {"object": {"key": key, "version-id": version}}}


def should_take_in_what_arrives(api: Api, intake: Any) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    assert intake(batch(arrival(id)), None) == {"batchItemFailures": []}
    assert api("GET", f"/uploads/{id}", by=person).json["state"] == "done"
    assert api("GET", "/users/me", by=person).json["document"] == id


def should_tell_the_notifier_at_once_and_once(api: Api, intake: Any) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    arrived = arrival(id)
    with notifiers_queue() as told:
        intake(batch(arrived, arrived, {"upload": id}), None)
        [notice] = notices(api, id)
        assert told() == [{"pk": id, "sk": "upload", "notice": notice}]


def should_tell_nobody_of_what_it_refuses(api: Api, intake: Any) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    with notifiers_queue() as told:
        intake(batch(arrival(id, PDF[::-1])), None)
        assert told() == []
    assert api("GET", f"/uploads/{id}", by=person).json["state"] == "failed"


def should_take_in_though_the_notifier_cannot_be_told(api: Api, intake: Any) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    assert intake(batch(arrival(id)), None) == {"batchItemFailures": []}
    assert api("GET", f"/uploads/{id}", by=person).json["state"] == "done"
    assert len(notices(api, id)) == 1
    # A sweep will find it.
    assert api.operator({"do": "pending"}, None)["due"] >= 1


def notices(api: Api, id: str) -> list[str]:
    upload = DynamoStore(api.dynamodb, TABLE).get(id)
    assert upload
    return list(upload.outbox)


def should_leave_for_later_what_a_lost_region_has_of_what_it_refuses(
    api: Api, intake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = ask(api, api.somebody()).json["id"]

    with monkeypatch.context() as patch:
        patch.setattr(S3Objects, "purge", away)
        assert intake(batch(arrival(id, PDF[::-1]), {"upload": id}), None) == {"batchItemFailures": []}
    store = DynamoStore(api.dynamodb, TABLE)
    assert store.due_at(id)
    assert intake(batch({"upload": id}), None) == {"batchItemFailures": []}
    assert store.due_at(id) is None


@pytest.mark.parametrize("arrivals", [["nobodys"], ["first", "second"]])
def should_make_no_dead_letter_of_what_a_lost_region_has_to_delete(
    api: Api, intake: Any, monkeypatch: pytest.MonkeyPatch, arrivals: list[str]
) -> None:
    """Neither of a file without an upload nor of one that came before the first was done."""
    is_nobodys = arrivals == ["nobodys"]
    id = f"upl_{any_key()}" if is_nobodys else ask(api, api.somebody()).json["id"]
    events = [arrival(id) for _ in arrivals]
    if not is_nobodys:  # and it is not there yet
        s3 = boto3.client("s3", region_name=REGION)
        gone = events[0]["detail"]["object"]
        s3.delete_object(Bucket=ENVIRONMENT["UPLOADS_BUCKET"], Key=gone["key"], VersionId=gone["version-id"])
    with monkeypatch.context() as patch:
        for name in ("purge", "remove"):
            patch.setattr(S3Objects, name, away)
        assert intake(batch(*events), None) == {"batchItemFailures": []}
    leftovers = DynamoLeftovers(api.dynamodb, TABLE)
    assert leftovers.due_at(id)
    with monkeypatch.context() as patch:
        patch.setattr(DynamoStore, "get", lambda *_: None)
        assert intake(batch({"upload": id}), None) == {"batchItemFailures": []}
    assert leftovers.get(id) is None


def away(*_: object) -> None:
    raise Away


def should_look_after_what_it_is_told_to(api: Api, intake: Any) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    arrival(id)
    assert intake(batch({"upload": id}), None) == {"batchItemFailures": []}
    assert api("GET", f"/uploads/{id}", by=person).json["state"] == "done"


@pytest.mark.parametrize("poison", ["no json", "[]", "{}", '{"detail": {"object": {"key": "any"}}}'])
def should_report_only_what_fails_and_do_the_rest(api: Api, intake: Any, poison: str) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    assert intake(batch(poison, arrival(id), poison), None) == {
        "batchItemFailures": [{"itemIdentifier": "0"}, {"itemIdentifier": "2"}]
    }
    assert api("GET", f"/uploads/{id}", by=person).json["state"] == "done"


def should_log_neither_who_nor_what(api: Api, intake: Any, log: Log) -> None:
    person = api.somebody()
    id = ask(api, person, filename="secret.pdf").json["id"]
    log.clear()
    intake(batch(arrival(id), {"upload": 7}), None)
    assert len(log.lines) >= 1
    for text in (id, person.id, person.email, "secret.pdf"):
        assert text not in log.text


def should_ask_for_a_look_by_a_message(aws: None) -> None:
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.create_queue(QueueName="any-arrivals")["QueueUrl"]
    looks = QueueLooks(lambda: boto3.client("sqs", region_name=REGION), url)
    looks("upl_1")
    looks("upl_2")
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(json.loads(one["Body"])["upload"] for one in found) == ["upl_1", "upl_2"]
