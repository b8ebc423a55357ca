"""Register, log in, log out, edit one's own profile: through the functions."""

import json
import re
from typing import Any

import pytest

from tests.lambdas.api import HOST, Api, Reply
from tests.lambdas.builders import any_email, any_key, any_name, any_password

SAME_SITE = {"sec-fetch-site": "same-origin"}


def should_register_log_in_show_and_log_out(api: Api) -> None:
    registered = api.register(email=" Ada@Example.COM ", password="correct horse", name=" Ada ")
    assert registered.status == 201
    assert registered.json["email"] == "ada@example.com"
    session = api.log_in("ada@example.com", "correct horse")
    assert session.status == 201
    cookie = session.headers["set-cookie"].partition(";")[0]
    me = api("GET", "/users/me", headers={"cookie": cookie})
    assert (me.status, me.json) == (200, registered.json)
    out = api("DELETE", "/sessions/current", headers={"cookie": cookie, **SAME_SITE})
    assert (out.status, out.text) == (204, "")
    assert out.headers["set-cookie"].startswith("__Host-session=; Max-Age=0")


def should_answer_a_user_with_exactly_these_members(api: Api) -> None:
    user = api.register(name="王芳").json
    assert set(user) == {"id", "email", "name", "role", "locale", "registered_at"}
    assert (user["name"], user["role"], user["locale"]) == ("王芳", "user", "en")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", user["registered_at"])
    assert re.fullmatch(r"usr_[0-9a-f-]{36}", user["id"])


def should_say_on_every_answer_which_region_gave_it_and_that_it_is_private(api: Api) -> None:
    for reply in (api.register(), api("GET", "/nothing"), api("GET", "/health/live"), api.register(name="")):
        assert reply.headers["x-served-region"] == "us-west-2"
        assert reply.headers["x-request-id"].startswith("request-")
        assert reply.headers["cache-control"] == "private, no-store"


def should_take_the_language_of_the_request_unless_another_is_named(api: Api) -> None:
    fields = {"password": any_password(), "name": any_name()}
    chinese = {"accept-language": "zh-CN"}
    implied = api("POST", "/users", {**fields, "email": any_email()}, headers=chinese)
    named = api("POST", "/users", {**fields, "email": any_email(), "locale": "en"}, headers=chinese)
    assert (implied.json["locale"], named.json["locale"]) == ("zh-CN", "en")


def should_name_every_fault_with_pointer_and_code(api: Api) -> None:
    body = {"email": "nobody", "password": "short", "name": " ", "locale": "fr", "a/b~c": 1}
    reply = api("POST", "/users", body, headers={"idempotency-key": "not a key"})
    assert (reply.status, reply.code) == (422, "invalid")
    found = {(one["pointer"], one["code"]) for one in reply.json["errors"]}
    assert found == {
        ("/email", "malformed"),
        ("/password", "too-short"),
        ("/name", "too-short"),
        ("/locale", "not-a-choice"),
        ("/a~1b~0c", "unknown"),
        ("/Idempotency-Key", "malformed"),
    }
    assert all(one["detail"] for one in reply.json["errors"])


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", None, "wrong-type"),
        ("email", 5, "wrong-type"),
        ("email", "x" * 250 + "@example.com", "malformed"),
        ("password", None, "wrong-type"),
        ("password", ["correct horse"], "wrong-type"),
        ("password", "x" * 129, "too-long"),
        ("password", "\ud800" * 10, "malformed"),
        ("name", True, "wrong-type"),
        ("name", "a\x00b", "control-character"),
        ("name", "\ud800", "malformed"),
        ("locale", None, "not-a-choice"),
        ("locale", "zh", "not-a-choice"),
        ("role", "admin", "unknown"),
        ("id", "usr_x", "unknown"),
    ],
)
def should_refuse_a_registration_with(api: Api, field: str, value: object, code: str) -> None:
    errors = api.register(**{field: value}).json["errors"]
    assert [(one["pointer"], one["code"]) for one in errors] == [(f"/{field}", code)]
    assert api.items() == []


@pytest.mark.parametrize(
    ("language", "detail"), [("en", "Allowed: en, zh-CN."), ("zh-CN", "允许的取值：en, zh-CN。")]
)
def should_name_the_choices_without_a_word_of_another_language(api: Api, language: str, detail: str) -> None:
    body = {"email": any_email(), "password": any_password(), "name": any_name(), "locale": "fr"}
    reply = api("POST", "/users", body, headers={"accept-language": language})
    assert [one["detail"] for one in reply.json["errors"]] == [detail]


@pytest.mark.parametrize("body", [[], "text", 5, None, True])
def should_refuse_a_body_that_is_no_object(api: Api, body: object) -> None:
    reply = api("POST", "/users", raw=json.dumps(body).encode())
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"email": NaN}',
        b'{"email": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"email": "a", "email": "b"}',
        b"1" * 5000,
    ],
    ids=range(7),
)
def should_refuse_what_is_not_json(api: Api, raw: bytes) -> None:
    reply = api("POST", "/users", raw=raw)
    assert (reply.status, reply.code) == (400, "bad-json")


@pytest.mark.parametrize("depth", [10, 500, 900, 1000, 1100, 5000, 9000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def should_refuse_what_is_nested(api: Api, depth: int, opening: bytes, closing: bytes) -> None:
    """How deep a version of Python reads is its own affair; no depth is a fault of ours."""
    reply = api("POST", "/users", raw=opening * depth + b"1" + closing * depth)
    assert (reply.status, reply.code) in {(400, "bad-json"), (422, "invalid")}


def should_answer_a_repeated_registration_like_the_first(api: Api) -> None:
    body = {"email": any_email(), "password": any_password(), "name": any_name()}
    key = any_key()
    first = api("POST", "/users", body, key=key)
    again = api("POST", "/users", {**body, "email": f" {body['email'].upper()}"}, key=key)
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    assert api("POST", "/users", body).code == "email-taken"
    assert api("POST", "/users", body, key=any_key()).code == "email-taken"
    guess = api("POST", "/users", {**body, "password": any_password()}, key=key)
    assert (guess.status, guess.code) == (409, "email-taken")
    assert api("POST", "/users", {**body, "name": "Eve"}, key=key).code == "idempotency-mismatch"


def should_not_tell_who_is_registered_when_a_log_in_fails(api: Api) -> None:
    person = api.somebody()
    replies = [
        api.log_in(person.email, any_password()),
        api.log_in(any_email(), person.password),
        api.log_in("no address", person.password),
        api.log_in(person.email, ""),
        api.log_in(person.email, "\ud800"),
        api.log_in("\ud800@example.com", person.password),
    ]

    def told(reply: Reply) -> Any:
        return reply.status, {**reply.json, "request_id": ""}, reply.headers["www-authenticate"]

    assert {json.dumps(told(one)) for one in replies} == {json.dumps(told(replies[0]))}
    assert (replies[0].status, replies[0].code) == (401, "bad-credentials")


def should_ignore_an_idempotency_key_at_log_in(api: Api) -> None:
    person = api.somebody()
    credentials = {"email": person.email, "password": person.password}
    for key in ("key", "key", "not a key"):
        assert api("POST", "/sessions", credentials, key=key).status == 201


def should_edit_only_what_is_given(api: Api) -> None:
    person = api.somebody()
    assert api("PATCH", "/users/me", {"name": " 王芳 "}, by=person).json["name"] == "王芳"
    edited = api("PATCH", "/users/me", {"locale": "zh-CN"}, by=person).json
    assert (edited["name"], edited["locale"]) == ("王芳", "zh-CN")
    assert api("PATCH", "/users/me", {}, by=person).json == edited
    assert api("GET", "/users/me", by=person).json == edited


@pytest.mark.parametrize("body", [{"name": None}, {"name": ""}, {"locale": ""}, {"email": any_email()}])
def should_refuse_an_edit_with(api: Api, body: dict[str, object]) -> None:
    assert api("PATCH", "/users/me", body, by=api.somebody()).code == "invalid"


def should_repeat_an_edit_without_undoing_a_later_one(api: Api) -> None:
    person = api.somebody()
    key = any_key()
    assert api("PATCH", "/users/me", {"name": "First"}, by=person, key=key).status == 200
    assert api("PATCH", "/users/me", {"name": "Second"}, by=person, key=any_key()).status == 200
    again = api("PATCH", "/users/me", {"name": "First"}, by=person, key=key)
    assert (again.status, again.json["name"]) == (200, "Second")
    assert api("PATCH", "/users/me", {"name": "Third"}, by=person, key=key).code == "idempotency-mismatch"


def should_tell_when_to_come_back_after_sixteen_keys(api: Api) -> None:
    person = api.somebody()
    for number in range(16):
        reply = api("PATCH", "/users/me", {"name": f"Name {number}"}, by=person, key=any_key())
        assert reply.status == 200
    reply = api("PATCH", "/users/me", {"name": "Last"}, by=person, key=any_key())
    assert (reply.status, reply.code) == (429, "slow-down")
    assert 86000 < int(reply.headers["retry-after"]) <= 86400


@pytest.mark.parametrize("method_and_path", [("PATCH", "/users/me"), ("DELETE", "/sessions/current")])
@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer x.y.z", "Basic YTpi"])
def should_ask_to_log_in(api: Api, method_and_path: tuple[str, str], authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    body = {"name": ""} if method_and_path[0] == "PATCH" else None
    reply = api(*method_and_path, body, headers=headers)
    assert (reply.status, reply.code) == (401, "not-signed-in")
    assert reply.headers["www-authenticate"] == "Bearer"


ORIGINS = {
    "none": {},
    "same": {"origin": f"https://{HOST}"},
    "same, in capitals": {"origin": f"https://{HOST.upper()}"},
    "other": {"origin": "https://evil.example"},
    "longer": {"origin": f"https://{HOST}.evil.example"},
    "opaque": {"origin": "null"},
    "empty": {"origin": ""},
    "unreadable": {"origin": "https://[x"},
    "file": {"origin": f"file://{HOST}"},
}
SITES = {
    "none": {},
    "same-origin": {"sec-fetch-site": "same-origin"},
    "same-site": {"sec-fetch-site": "same-site"},
    "cross-site": {"sec-fetch-site": "cross-site"},
    "typed": {"sec-fetch-site": "none"},
}


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("with_cookie", [False, True])
@pytest.mark.parametrize("path", ["/users", "/sessions"])
def should_take_writes_of_browsers_only_from_our_own_page(
    api: Api, origin: str, site: str, with_cookie: bool, path: str
) -> None:
    cookie = {"cookie": "other=1; __Host-session=anything"} if with_cookie else {}
    reply = api("POST", path, {}, headers={**ORIGINS[origin], **SITES[site], **cookie})
    is_ours = site == "same-origin" or origin in {"same", "same, in capitals"}
    is_browser = with_cookie or origin != "none" or site != "none"
    if is_ours or not is_browser:
        assert reply.code == "invalid"
    else:
        assert (reply.status, reply.code) == (403, "not-allowed")


def should_read_for_any_page(api: Api) -> None:
    person = api.somebody()
    headers = {"cookie": f"__Host-session={person.token}", "sec-fetch-site": "cross-site", "origin": "null"}
    assert api("GET", "/users/me", headers=headers).status == 200


def should_not_take_an_origin_for_ours_when_the_edge_names_no_host(api: Api) -> None:
    for origin in ("https://", "https:///x", ""):
        reply = api("POST", "/users", {}, headers={"origin": origin, "x-viewer-host": ""})
        assert reply.code == "not-allowed"


def should_say_too_large_before_it_reads(api: Api) -> None:
    reply = api("POST", "/users", raw=b"{" + b" " * 65536)
    assert (reply.status, reply.code) == (413, "too-large")


def should_end_all_sessions_of_whom_was_deleted_or_changed(api: Api) -> None:
    person, admin = api.somebody(), api.admin()
    key = {"pk": {"S": person.id}, "sk": {"S": "user"}}
    api.dynamodb.update_item(
        TableName="users",
        Key=key,
        UpdateExpression="SET token_version = token_version + :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )
    assert api("GET", "/users/me", by=person).code == "not-signed-in"
    other = api.somebody()
    assert api("DELETE", f"/users/{other.id}", by=admin).status == 204
    assert api("PATCH", "/users/me", {"name": "x"}, by=other).code == "not-signed-in"
    assert api.log_in(other.email, other.password).code == "bad-credentials"
