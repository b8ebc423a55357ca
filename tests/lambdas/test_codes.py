"""What is documented is what happens: every route, every code, in both languages."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.lambdas.api import BASE, REGION, Api, Reply, watching
from tests.lambdas.provoking import OPERATIONS, Scene, documented, provoke
from web.problems import KINDS


@pytest.mark.parametrize("operation", OPERATIONS)
def should_answer_with_the_documented_success(scene: Scene, operation: str) -> None:
    reply = scene.api(**scene.call(operation))
    assert reply.status == min(map(int, OPERATIONS[operation][1]["responses"])) or reply.status == 204


@pytest.mark.parametrize(("operation", "code"), list(documented()))
def should_answer_with_every_documented_code_and_nothing_but_its_members(
    scene: Scene, operation: str, code: str
) -> None:
    reply = provoke(scene, operation, code)()
    assert (reply.status, reply.code) == (KINDS[code].status, code)  # type: ignore[index]
    body = reply.json
    members = {"type", "title", "status", "detail", "code", "request_id"}
    assert set(body) - {"errors"} == members
    assert ("errors" in body) == (code == "invalid")
    assert body["type"] == f"urn:twinhull:problem:{code}"
    assert body["status"] == reply.status
    assert body["request_id"] == reply.headers["x-request-id"]
    assert reply.headers["x-served-region"] == REGION
    assert ("retry-after" in reply.headers) == (code == "slow-down")
    assert ("www-authenticate" in reply.headers) == (reply.status == 401)


def should_have_an_operation_for_every_code_but_the_one_for_methods() -> None:
    """So that the list of codes is what is documented, and the test above provokes all of it."""
    assert {code for _, code in documented()} | {"method-not-allowed"} == set(KINDS)


CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("code", KINDS)
def should_say_every_code_in_both_languages(scene: Scene, code: str) -> None:
    def ask(language: str) -> Reply:
        if code == "method-not-allowed":
            return scene.api("PUT", "/users", headers={"accept-language": language})
        operation = [one for one, provoked in documented() if provoked == code][-1]
        return provoke(scene, operation, code)(**{"accept-language": language})

    english, chinese = ask("en"), ask("zh-CN")
    assert english.code == chinese.code == code
    assert (english.json["title"], english.json["detail"]) == (KINDS[code].title, KINDS[code].detail)  # type: ignore[index]
    assert CHINESE.search(chinese.json["title"])
    assert CHINESE.search(chinese.json["detail"])
    assert english.headers["content-language"] == "en"
    assert chinese.headers["content-language"] == "zh-CN"


def should_name_every_fault_of_a_field_in_both_languages(api: Api) -> None:
    bodies = [
        {"email": "x", "password": "x", "name": "", "locale": "fr", "more": 1},
        {"email": "x" * 64 + "@" + ".".join(["y" * 60] * 3) + ".com", "password": "x" * 200, "name": "a\nb"},
        {"email": 5, "name": "x" * 201, "password": "\ud800" * 9},
    ]
    for body in [*bodies, [], {}]:
        for language, is_chinese in (("en", False), ("zh-CN", True)):
            headers = {"accept-language": language, "idempotency-key": "ü"}
            errors = api("POST", "/users", body, headers=headers).json["errors"]
            for error in errors:
                assert bool(CHINESE.search(error["detail"])) == is_chinese, error
                assert "%(" not in error["detail"]


@pytest.mark.parametrize(
    "operation", [name for name in OPERATIONS if name not in {"live", "openapi", "end_session"}]
)
def should_be_unavailable_when_the_table_does_not_answer(scene: Scene, operation: str) -> None:
    def hang(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    call = scene.call(operation)
    with watching(scene.client(operation), "before-call.dynamodb", hang):
        reply = scene.api(**call)
    assert (reply.status, reply.code) == (503, "unavailable")


def should_ask_the_table_whether_a_session_still_counts_before_it_ends(scene: Scene) -> None:
    def hang(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    with watching(scene.client("end_session"), "before-call.dynamodb.GetItem", hang):
        assert scene.api(**scene.call("end_session")).code == "unavailable"


def should_retry_a_conflict_between_the_regions_before_it_gives_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer is a conflict, the SDK's second attempt is let through."""
    from botocore.awsrequest import AWSResponse
    from botocore.compat import HTTPHeaders

    conflicts: list[int] = []
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    class Body:
        def stream(self) -> Iterator[bytes]:
            yield b'{"__type": "com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflictException"}'

    def conflict(request: Any, **_: object) -> AWSResponse | None:
        if len(conflicts) >= limit:
            return None
        conflicts.append(1)
        return AWSResponse(request.url, 409, HTTPHeaders(), Body())

    for limit, status in ((1, 200), (9, 503)):
        conflicts.clear()
        client = scene.client("edit_own_profile")
        client.meta.events.register_first("before-send.dynamodb.UpdateItem", conflict)
        try:
            assert scene.api(**scene.call("edit_own_profile")).status == status
        finally:
            client.meta.events.unregister("before-send.dynamodb.UpdateItem", conflict)
        assert len(conflicts) == min(limit, 2)


def should_have_a_base_that_its_routes_begin_with() -> None:
    assert BASE == "/api/v1"
