"""Asking for a form, listing what was sent and taking it back: through the function."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from files.model import LARGEST, object_key
from tests.lambdas.api import ENVIRONMENT, PEER, REGION, Api
from tests.lambdas.builders import any_key
from tests.lambdas.files import PDF
from tests.lambdas.uploading import ASKED, ask, taken_in


def should_give_a_form_for_exactly_this_file(api: Api) -> None:
    person = api.somebody()
    reply = ask(api, person)
    assert reply.status == 201
    id, form = reply.json["id"], reply.json["upload"]
    assert form["url"] == ENVIRONMENT["UPLOADS_URL"]
    fields = form["fields"]
    assert (fields["key"], fields["Content-Type"]) == (f"uploads/{REGION}/{id}", "application/pdf")
    policy = json.loads(base64.b64decode(fields["policy"]))
    assert {"bucket": f"uploads-{REGION}"} in policy["conditions"]
    assert {"key": f"uploads/{REGION}/{id}"} in policy["conditions"]
    assert {"Content-Type": "application/pdf"} in policy["conditions"]
    assert ["content-length-range", len(PDF), len(PDF)] in policy["conditions"]
    # Whatever is sent must be in the policy, or S3 refuses the form.
    named = {name for one in policy["conditions"] if isinstance(one, dict) for name in one}
    assert set(fields) - {"policy", "x-amz-signature"} <= named
    assert "passport" not in str(fields)


def should_keep_the_upload_for_its_key(api: Api) -> None:
    person, key = api.somebody(), any_key()
    first, again = ask(api, person, key=key), ask(api, person, key=key)
    assert again.status == 201
    assert again.json["id"] == first.json["id"]
    assert "upload" in again.json
    assert ask(api, person).json["id"] != ask(api, person).json["id"]


@pytest.mark.parametrize(
    "other",
    [{"filename": "other.pdf"}, {"content_type": "image/png"}, {"size": 2}],
    ids=["name", "type", "size"],
)
def should_refuse_another_file_under_the_same_key(api: Api, other: dict[str, Any]) -> None:
    person, key = api.somebody(), any_key()
    assert ask(api, person, key=key).status == 201
    reply = ask(api, person, key=key, **other)
    assert (reply.status, reply.code) == (422, "idempotency-mismatch")


def should_tell_peoples_keys_apart(api: Api) -> None:
    key = any_key()
    assert ask(api, api.somebody(), key=key).json["id"] != ask(api, api.somebody(), key=key).json["id"]


def should_give_no_form_any_more_when_the_file_has_arrived(api: Api) -> None:
    person, key = api.somebody(), any_key()
    id = ask(api, person, key=key).json["id"]
    taken_in(api, id)
    assert ask(api, person, key=key).json == {"id": id}


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"kind": "list"}, "/kind", "not-a-choice"),
        ({"content_type": "text/html"}, "/content_type", "not-a-choice"),
        ({"filename": "  "}, "/filename", "too-short"),
        ({"filename": "a" * 201}, "/filename", "too-long"),
        ({"filename": "../passport.pdf"}, "/filename", "malformed"),
        ({"filename": "C:\\passport.pdf"}, "/filename", "malformed"),
        ({"filename": "a\nb"}, "/filename", "control-character"),
        ({"size": 0}, "/size", "too-small"),
        ({"size": -1}, "/size", "too-small"),
        ({"size": LARGEST + 1}, "/size", "too-large"),
        ({"size": "1"}, "/size", "malformed"),
        ({"owner": "me"}, "/owner", "unknown"),
    ],
)
def should_say_what_is_wrong_with_a_file_before_it_is_sent(
    api: Api, fields: dict[str, Any], pointer: str, code: str
) -> None:
    reply = ask(api, api.somebody(), **fields)
    assert (reply.status, reply.code) == (422, "invalid")
    assert [(one["pointer"], one["code"]) for one in reply.json["errors"]] == [(pointer, code)]


def should_accept_a_file_of_10_mb(api: Api) -> None:
    assert ask(api, api.somebody(), size=LARGEST).status == 201


def should_ask_everybody_to_sign_in(api: Api) -> None:
    for method, path in (
        ("POST", "/uploads"),
        ("GET", "/uploads"),
        ("GET", "/uploads/upl_1"),
        ("GET", "/uploads/upl_1/file"),
        ("GET", "/uploads/upl_1/errors"),
    ):
        reply = api(method, path, ASKED if method == "POST" else None)
        assert (reply.status, reply.code) == (401, "not-signed-in"), path


def should_show_an_upload_and_link_the_document_when_it_is_taken_in(api: Api) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    shown = api("GET", f"/uploads/{id}", by=person).json
    assert (shown["state"], shown["filename"], shown["owner"]) == ("waiting", "passport.pdf", person.id)
    assert "document" not in api("GET", "/users/me", by=person).json
    taken_in(api, id)
    assert api("GET", f"/uploads/{id}", by=person).json == {**shown, "state": "done"}
    assert api("GET", "/users/me", by=person).json["document"] == id
    listed = api("GET", "/users", by=api.admin()).json["items"]
    assert [one.get("document") for one in listed if one["id"] == person.id] == [id]


@pytest.mark.parametrize(("language", "words"), [("en", "damaged"), ("zh-CN", "损坏")])
def should_say_in_both_languages_why_a_file_was_refused(api: Api, language: str, words: str) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    taken_in(api, id, PDF.replace(b"startxref", b"startxxxx"))
    shown = api("GET", f"/uploads/{id}", by=person, headers={"accept-language": language}).json
    assert (shown["state"], shown["reason"]["code"]) == ("failed", "damaged")
    assert words in shown["reason"]["detail"]


@pytest.mark.parametrize("rest", ["", "/file", "/errors"])
def should_show_uploads_to_their_owner_and_administrators_only(api: Api, rest: str) -> None:
    person, other = api.somebody(), api.somebody()
    id = ask(api, person).json["id"]
    taken_in(api, id)
    expected = 302 if rest == "/file" else 200
    assert api("GET", f"/uploads/{id}{rest}", by=person).status == expected
    assert api("GET", f"/uploads/{id}{rest}", by=api.admin()).status == expected
    for nobodys in (id, "upl_" + "0" * 36, "nonsense", person.id):
        reply = api("GET", f"/uploads/{nobodys}{rest}", by=other)
        assert (reply.status, reply.code) == (404, "not-found")


def should_list_ones_own_uploads_the_newest_first(api: Api) -> None:
    person = api.somebody()
    ids = [ask(api, person).json["id"] for _ in range(3)]
    ask(api, api.somebody())
    first = api("GET", "/uploads", query={"limit": "2"}, by=person).json
    rest = api("GET", "/uploads", query={"limit": "2", "cursor": first["next_cursor"]}, by=person).json
    walked = first["items"] + rest["items"]
    assert rest["next_cursor"] is None
    moments = [one["created_at"] for one in walked]
    assert moments == sorted(moments, reverse=True)
    assert sorted(one["id"] for one in walked) == sorted(ids)


def should_list_everybodys_uploads_to_an_administrator_and_his_own_when_he_asks(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    theirs, own = ask(api, person).json["id"], ask(api, admin).json["id"]
    everybodys = api("GET", "/uploads", by=admin).json["items"]
    assert {one["id"]: one["owner"] for one in everybodys} == {theirs: person.id, own: admin.id}
    mine = api("GET", "/uploads", query={"owner": "me"}, by=admin).json["items"]
    assert [one["id"] for one in mine] == [own]


def should_take_a_cursor_for_the_list_that_it_is_of(api: Api) -> None:
    admin = api.admin()
    for _ in range(2):
        ask(api, admin)
    cursor = api("GET", "/uploads", query={"limit": "1", "owner": "me"}, by=admin).json["next_cursor"]
    reply = api("GET", "/uploads", query={"limit": "1", "cursor": cursor}, by=admin)
    assert (reply.status, reply.code) == (400, "bad-cursor")
    for query in ({"limit": "0"}, {"owner": admin.id}, {"what": "else"}):
        assert api("GET", "/uploads", query=query, by=admin).code == "bad-query"


def should_lead_to_the_file_for_a_minute_and_under_its_name(api: Api) -> None:
    person = api.somebody()
    id = ask(api, person, filename="护照 scan.pdf").json["id"]
    buckets = taken_in(api, id)
    reply = api("GET", f"/uploads/{id}/file", by=person)
    assert (reply.status, reply.text, reply.headers["cache-control"]) == (302, "", "private, no-store")
    address = urlsplit(reply.headers["location"])
    query = {name: value for name, (value,) in parse_qs(address.query).items()}
    [(region, key)] = [place for place in buckets.versions if place[0] == REGION]
    assert f"{address.scheme}://{address.netloc}" == ENVIRONMENT["UPLOADS_URL"]
    assert address.path == f"/{key}"
    assert [query["versionId"]] == list(buckets.versions[region, key])
    assert query["response-content-disposition"].startswith("attachment; filename*=UTF-8''%E6%8A%A4")
    assert (query["response-content-type"], query["X-Amz-Expires"]) == ("application/pdf", "60")


def should_have_no_file_before_it_was_taken_in(api: Api) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    assert api("GET", f"/uploads/{id}/file", by=person).code == "not-found"


def should_have_no_rows_in_a_document(api: Api) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    reply = api("GET", f"/uploads/{id}/errors", by=person)
    assert (reply.headers["content-type"], reply.text) == (
        "text/csv; charset=utf-8",
        "\ufeffrow,column,code,reason\r\n",
    )


@pytest.fixture
def bucket(api: Api) -> Iterator[Any]:
    """This region's bucket, with versions."""
    s3 = boto3.client("s3", region_name=REGION)
    name = ENVIRONMENT["UPLOADS_BUCKET"]
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield s3
    for one in s3.list_object_versions(Bucket=name).get("Versions", []):
        s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
    s3.delete_bucket(Bucket=name)


@pytest.mark.parametrize("arrived", [True, False])
def should_lead_to_the_bucket_where_the_file_is(api: Api, bucket: Any, arrived: bool) -> None:
    """One that the other region took in is here as soon as its replica has arrived."""
    person = api.somebody()
    id = ask(api, person).json["id"]
    taken_in(api, id, region=PEER)
    if arrived:
        store = api.modules["uploads"].handler._services.store
        key = object_key(PEER, id)
        version = bucket.put_object(Bucket=ENVIRONMENT["UPLOADS_BUCKET"], Key=key, Body=PDF)["VersionId"]
        store._client.update_item(
            TableName="users",
            Key={"pk": {"S": id}, "sk": {"S": "upload"}},
            UpdateExpression="SET #stored.version = :version",
            ExpressionAttributeNames={"#stored": "stored"},
            ExpressionAttributeValues={":version": {"S": version}},
        )
    address = api("GET", f"/uploads/{id}/file", by=person).headers["location"]
    expected = ENVIRONMENT["UPLOADS_URL" if arrived else "PEER_UPLOADS_URL"]
    assert address.startswith(f"{expected}/uploads/{PEER}/{id}?")


def should_answer_as_a_fragment_that_looks_again_until_it_is_over(api: Api) -> None:
    person = api.somebody()
    id = ask(api, person, filename="<b>.pdf").json["id"]
    html = {"accept": "text/html", "hx-request": "true"}
    waiting = api("GET", f"/uploads/{id}", by=person, headers=html)
    assert waiting.headers["content-type"] == "text/html; charset=utf-8"
    assert 'hx-trigger="load delay:1s"' in waiting.text
    assert "&lt;b&gt;.pdf" in waiting.text
    taken_in(api, id)
    listed = api("GET", "/uploads", by=person, headers=html).text
    assert "hx-trigger" not in listed
    assert f'href="/api/v1/uploads/{id}/file"' in listed


def should_look_the_less_often_the_longer_nothing_arrives(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    person = api.somebody()
    id = ask(api, person).json["id"]
    services = api.modules["uploads"].handler._services
    later = replace(services, now=lambda: services.now() + timedelta(hours=1))
    monkeypatch.setattr(api.modules["uploads"].handler, "_services", later)
    html = {"accept": "text/html", "hx-request": "true"}
    for path in ("/uploads", f"/uploads/{id}"):
        assert 'hx-trigger="load delay:60s"' in api("GET", path, by=person, headers=html).text


def should_show_the_next_page_of_a_fragment_on_demand(api: Api) -> None:
    person = api.somebody()
    for _ in range(2):
        ask(api, person)
    html = {"accept": "text/html", "hx-request": "true"}
    page = api("GET", "/uploads", query={"limit": "1", "owner": "me"}, by=person, headers=html).text
    assert "limit=1&amp;owner=me&amp;cursor=" in page
