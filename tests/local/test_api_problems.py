"""The API's contract by HTTP: what is answered instead, always in one shape and in both languages."""

import re
import uuid

import pytest

from tests.cloud import Cloud
from tests.local.people import any_email, any_registered, register

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PEOPLE = "/api/v1/users"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "expected"),
    [
        ("GET", "/api/v1/nothing", None, {}, (404, "not-found")),
        ("GET", "/api/v1", None, {}, (404, "not-found")),
        ("PUT", PEOPLE, b"{}", JSON, (405, "method-not-allowed")),
        ("POST", PEOPLE, b"{", JSON, (400, "bad-json")),
        ("POST", PEOPLE, b"<a/>", {"content-type": "application/xml"}, (415, "unsupported-media-type")),
        ("POST", PEOPLE, b"{}", {**JSON, "content-encoding": "gzip"}, (422, "invalid")),
        ("POST", PEOPLE, b"{}", JSON, (422, "invalid")),
        ("POST", PEOPLE, b'"' + b"x" * 66_000 + b'"', JSON, (413, "too-large")),
        ("GET", PEOPLE, None, {}, (401, "not-signed-in")),
        ("GET", PEOPLE, None, {"authorization": "Bearer x.y.z"}, (401, "not-signed-in")),
        ("GET", "/api/v1/users/me", None, {}, (401, "not-signed-in")),
    ],
)
def should_answer_a_problem_in_both_languages(
    cloud: Cloud,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    expected: tuple[int, str],
) -> None:
    for language, chinese in (("en", False), ("zh-CN", True)):
        answer = cloud.edge(method, path, body=body, headers={"accept-language": language, **headers})
        assert (answer.status, answer.code) == expected
        problem = answer.json()
        assert {"type", "title", "status", "detail", "code", "request_id"} <= set(problem)
        assert problem["status"] == answer.status
        assert bool(CHINESE.search(problem["title"])) is chinese
        assert bool(CHINESE.search(problem["detail"])) is chinese
        if expected[1] != "too-large":  # that one the edge answers by itself
            assert answer.headers["x-served-region"] == cloud.regions[0]
            assert answer.headers["x-request-id"] == problem["request_id"]
            assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "bad-query"),
        ("limit=101", "bad-query"),
        ("colour=red", "bad-query"),
        ("cursor=made-up", "bad-cursor"),
    ],
)
def should_refuse_queries_that_it_does_not_know(cloud: Cloud, query: str, code: str) -> None:
    answer = cloud.as_admin("GET", f"{PEOPLE}?{query}")
    assert (answer.status, answer.code) == (400, code)


def should_point_at_each_field_that_is_wrong(cloud: Cloud) -> None:
    answer = register(cloud.edge, "nobody", name=" ", colour="red")
    assert (answer.status, answer.code) == (422, "invalid")
    assert {"/email", "/name", "/colour"} == {error["pointer"] for error in answer.json()["errors"]}


def should_refuse_an_address_that_is_taken(cloud: Cloud) -> None:
    email = any_email()
    assert register(cloud.edge, email).status == 201
    answer = register(cloud.edge, email, name="Another")
    assert (answer.status, answer.code) == (409, "email-taken")


def should_say_that_nobody_is_there_for_unknown_and_malformed_ids_alike(cloud: Cloud) -> None:
    user = any_registered(cloud.edge)
    for client in (user.client, cloud.as_admin):
        for unknown in (f"usr_{uuid.uuid4()}", "usr_1", "..%2Fme"):
            for method in ("GET", "DELETE"):
                answer = client(method, f"{PEOPLE}/{unknown}")
                assert (answer.status, answer.code) == (404, "not-found")


def should_take_a_body_of_just_under_64_kilobytes(cloud: Cloud) -> None:
    answer = register(cloud.edge, any_email(), name="x" * 65_000)
    assert (answer.status, answer.code) == (422, "invalid")


def should_refuse_a_large_body_at_the_origin_too(cloud: Cloud) -> None:
    for origin in cloud.origins.values():
        answer = register(origin, any_email(), name="x" * 70_000)
        assert (answer.status, answer.code) == (413, "too-large")


@pytest.mark.parametrize("secret", ["", "guess"])
def should_answer_only_through_the_edge(cloud: Cloud, secret: str) -> None:
    for origin in cloud.origins.values():
        answer = origin("GET", "/api/v1/health/ready", headers={"x-origin-verify": secret})
        assert (answer.status, answer.code) == (403, "not-through-the-edge")


def should_be_live_and_ready_in_each_region(cloud: Cloud) -> None:
    for region, origin in cloud.origins.items():
        for path in ("live", "ready"):
            answer = origin("GET", f"/api/v1/health/{path}")
            assert (answer.status, answer.json()["region"]) == (200, region)


def should_publish_its_own_description(cloud: Cloud) -> None:
    answer = cloud.edge("GET", "/api/v1/openapi.json")
    assert (answer.status, answer.json()["openapi"]) == (200, "3.1.0")
    assert "/users/{id}/restore" in answer.json()["paths"]
