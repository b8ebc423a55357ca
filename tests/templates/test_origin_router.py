"""Which origin each request of the API goes to: every branch of `origin_router.js`."""

import gettext
import io
import json
import re
from typing import Any

import pytest

from stacks.shells import compiled_catalogue
from tests.templates.edge_function import Edge, Outcome, any_request
from twinhull.failover_distribution.function_code import LARGEST_FUNCTION, function_code
from web.problems import KINDS
from web.request import BODY_LIMIT

PRIMARY, SECONDARY = "us-east-1", "us-west-2"
ROUTES = {"regions": [PRIMARY, SECONDARY], "nearSecondary": ["us-west-1", "us-west-2"]}
CODE = function_code("origin_router.js", ROUTES=ROUTES)

EAST = Edge(region="us-east-1")
WEST = Edge(region="us-west-1")
READS = ("GET", "HEAD", "OPTIONS")
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def send(edge: Edge = EAST, *, method: str = "GET", **headers: str) -> Outcome:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return edge.run(CODE, any_request(method=method, headers=named))


def read_from(first: str, second: str) -> list[list[Any]]:
    return [
        [
            "group",
            {
                "originIds": [{"originId": f"read-{first}"}, {"originId": f"read-{second}"}],
                "failoverCriteria": {"statusCodes": [429, 500, 502, 503, 504]},
            },
        ]
    ]


def written_to(region: str) -> list[list[Any]]:
    return [["origin", f"write-{region}"]]


@pytest.mark.parametrize("method", READS)
def should_let_a_read_fail_over_within_the_request(method: str) -> None:
    assert send(method=method).calls == read_from(PRIMARY, SECONDARY)


@pytest.mark.parametrize("method", WRITES)
def should_send_a_write_to_one_region_only(method: str) -> None:
    assert send(method=method).calls == written_to(PRIMARY)


@pytest.mark.parametrize("method", WRITES)
def should_send_a_write_to_the_nearest_region(method: str) -> None:
    assert send(WEST, method=method).calls == written_to(SECONDARY)


def should_read_from_the_nearest_region_first() -> None:
    assert send(WEST).calls == read_from(SECONDARY, PRIMARY)


@pytest.mark.parametrize("region", ["eu-west-1", "a-region-of-tomorrow", None])
def should_take_the_primary_where_it_does_not_know_better(region: str | None) -> None:
    assert send(Edge(region=region)).calls == read_from(PRIMARY, SECONDARY)


@pytest.mark.parametrize(("avoided", "taken"), [(PRIMARY, SECONDARY), (SECONDARY, PRIMARY)])
@pytest.mark.parametrize("edge", [EAST, WEST])
def should_take_the_region_that_the_client_does_not_avoid(edge: Edge, avoided: str, taken: str) -> None:
    assert send(edge, method="POST", x_avoid_region=avoided).calls == written_to(taken)
    assert send(edge, x_avoid_region=avoided).calls == read_from(taken, avoided)


def should_ignore_an_unknown_region_to_avoid() -> None:
    assert send(method="POST", x_avoid_region="us-east-2").calls == written_to(PRIMARY)


@pytest.mark.parametrize(("edge", "other"), [(EAST, SECONDARY), (WEST, PRIMARY)])
def should_take_the_other_region_when_the_client_retries_there(edge: Edge, other: str) -> None:
    assert send(edge, method="POST", x_retry_other_region="1").calls == written_to(other)


@pytest.mark.parametrize("value", ["0", "true", "", "11"])
def should_ignore_a_retry_that_is_not_one(value: str) -> None:
    assert send(method="POST", x_retry_other_region=value).calls == written_to(PRIMARY)


def should_let_the_region_to_avoid_win_over_the_retry() -> None:
    outcome = send(method="POST", x_avoid_region=SECONDARY, x_retry_other_region="1")

    assert outcome.calls == written_to(PRIMARY)


def should_retry_elsewhere_when_the_region_to_avoid_is_unknown() -> None:
    outcome = send(method="POST", x_avoid_region="mars-1", x_retry_other_region="1")

    assert outcome.calls == written_to(SECONDARY)


@pytest.mark.parametrize(
    "hints",
    [
        {},
        {"x_avoid_region": SECONDARY},
        {"x_avoid_region": PRIMARY},
        {"x_retry_other_region": "1"},
        {"x_avoid_region": SECONDARY, "x_retry_other_region": "1"},
    ],
)
@pytest.mark.parametrize("region", ["us-east-1", "us-west-1"])
def should_let_a_drain_win_over_nearness_and_every_hint(region: str, hints: dict[str, str]) -> None:
    edge = Edge(region=region, store={"drained": PRIMARY})

    assert send(edge, method="POST", **hints).calls == written_to(SECONDARY)
    assert send(edge, **hints).calls == read_from(SECONDARY, PRIMARY)


def should_drain_the_secondary_as_well() -> None:
    assert send(Edge(region="us-west-2", store={"drained": SECONDARY}), method="POST").calls == written_to(
        PRIMARY
    )


@pytest.mark.parametrize("store", [{}, None, {"drained": ""}, {"drained": "us-east-2"}])
def should_drain_nothing_without_a_readable_store_that_names_a_region(store: dict[str, str] | None) -> None:
    assert send(Edge(store=store), method="POST").calls == written_to(PRIMARY)


def should_use_up_the_hints_of_the_client() -> None:
    outcome = send(method="POST", x_avoid_region=PRIMARY, x_retry_other_region="1")

    assert outcome.headers == {"host": "twinhull.example", "x-viewer-host": "twinhull.example"}


def should_drop_what_only_the_edge_may_say() -> None:
    outcome = send(
        x_origin_verify="guessed", x_origin_anything="1", x_viewer_host="evil.example", x_viewer_ip="1"
    )

    assert outcome.headers == {"host": "twinhull.example", "x-viewer-host": "twinhull.example"}


def should_pass_on_what_the_functions_need() -> None:
    needed = {
        "accept": "text/html",
        "accept-language": "zh-CN",
        "authorization": "Bearer any",
        "content-length": "2",
        "content-type": "application/json",
        "hx-request": "true",
        "idempotency-key": "any-key",
        "origin": "https://twinhull.example",
        "sec-fetch-site": "same-origin",
        "x-request-id": "any",
    }
    request = any_request(
        method="POST", headers=needed, querystring={"cursor": {"value": "any"}, "q": {"value": "%E6%9D%8E"}}
    )

    outcome = EAST.run(CODE, request)

    expected = {"host": "twinhull.example", "x-viewer-host": "twinhull.example", **needed}
    assert outcome.headers == expected
    assert {key: outcome.result[key] for key in ("method", "uri", "querystring")} == {
        key: request[key] for key in ("method", "uri", "querystring")
    }


def should_work_for_a_request_without_a_host() -> None:
    request = any_request()
    del request["headers"]["host"]

    assert EAST.run(CODE, request).headers == {}


@pytest.mark.parametrize("method", ["POST", "GET"])
def should_answer_413_itself_to_a_body_over_64_kb(method: str) -> None:
    outcome = send(method=method, content_length=str(64 * 1024 + 1))

    assert outcome.calls == []
    assert outcome.result["statusCode"] == 413
    assert outcome.result["body"]["encoding"] == "text"
    assert outcome.headers == {
        "content-type": "application/problem+json",
        "cache-control": "private, no-store",
        "x-request-id": "any-request-id",
    }


@pytest.mark.parametrize(("accepted", "language"), [("en", "en"), ("fr", "en"), ("zh-CN,en;q=0.5", "zh-CN")])
def should_say_what_is_too_large_as_the_handlers_do(accepted: str, language: str) -> None:
    say = gettext.GNUTranslations(io.BytesIO(compiled_catalogue(language))).gettext

    outcome = send(method="POST", content_length=str(BODY_LIMIT + 1), accept_language=accepted)

    assert json.loads(outcome.result["body"]["data"]) == {
        "type": "urn:twinhull:problem:too-large",
        "title": say(KINDS["too-large"].title),
        "status": KINDS["too-large"].status,
        "detail": say(KINDS["too-large"].detail),
        "code": "too-large",
        "request_id": "any-request-id",
    }


@pytest.mark.parametrize("length", ["0", str(BODY_LIMIT), "not-a-number"])
def should_pass_on_a_body_up_to_64_kb(length: str) -> None:
    assert send(method="POST", content_length=length).calls == written_to(PRIMARY)


def should_stay_far_below_the_size_that_cloudfront_takes() -> None:
    assert len(CODE.encode()) < LARGEST_FUNCTION / 2


@pytest.mark.parametrize("file", ["origin_router.js", "site_router.js"])
@pytest.mark.parametrize(
    "syntax",
    [
        r"\?\.",
        r"\?\?",
        r"\bclass\b",
        r"\.\.\.",
        r"for \(.* of ",
        r"=>",
        r"catch \{",
        r"\b(eval|setTimeout|fetch)\b",
    ],
)
def should_keep_to_the_language_of_runtime_2(file: str, syntax: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html."""
    code = re.sub(r"//.*|'[^'\n]*'", "", function_code(file))

    assert not re.search(syntax, code)
