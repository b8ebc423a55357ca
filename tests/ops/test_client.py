"""The client's half of the failover, against a server that does what a test tells it to."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from py_mini_racer import MiniRacer

from stacks.shells import SITE
from twinhull.ops import client as module
from twinhull.ops.client import READ_PATIENCE, WRITE_PATIENCE, Client, Manners, headers_of_retry

KEY = "idempotency-key"
SERVED = {"x-served-region": "us-east-1"}
OTHER = {"x-retry-other-region": "1"}
AVOID = {"x-avoid-region": "us-east-1"}

Reply = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def said(status: int, *, code: str | None = None, served: bool = False) -> Reply:
    """An answer: a problem of ours with a code, or a page of CloudFront's own."""

    async def reply(_: web.BaseRequest) -> web.StreamResponse:
        text = json.dumps({"code": code}) if code else "<h1>ERROR</h1>"
        kind = "application/problem+json" if code else "text/html"
        return web.Response(status=status, text=text, content_type=kind, headers=SERVED if served else {})

    return reply


async def hang_up(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    raise asyncio.CancelledError


async def hang(_: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(30)
    raise AssertionError


def sending(*replies: Reply, method: str = "POST", manners: Manners | None = None) -> tuple[Any, list[Any]]:
    """What the client made of these replies, and the headers of each request."""
    waiting, seen = list(replies), []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        seen.append({name.lower(): value for name, value in request.headers.items()})
        return await waiting.pop(0)(request)

    async def run() -> Any:
        runner = web.ServerRunner(web.Server(answer, handler_cancellation=True), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with aiohttp.ClientSession() as session:
                url = f"http://127.0.0.1:{runner.addresses[0][1]}"
                client = Client(session, url, manners=manners or Manners())
                return await client(method, "/users", {"any": "body"} if method != "GET" else None)
        finally:
            await runner.cleanup()

    return asyncio.run(run()), seen


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WRITE_PATIENCE", 0.2)


def should_keep_an_answer_and_the_key_to_itself_when_all_goes_well() -> None:
    answer, (request,) = sending(said(201, served=True))
    assert (answer.status, answer.region, len(answer.attempts)) == (201, "us-east-1", 1)
    assert len(request[KEY]) == 32
    assert not request.keys() & {*OTHER, *AVOID}


@pytest.mark.parametrize("failure", [said(status) for status in (429, 500, 502, 503, 504)] + [hang_up])
def should_send_a_failed_write_once_more_to_the_other_region_with_the_same_key(failure: Reply) -> None:
    answer, (first, second) = sending(failure, said(201))
    assert answer.status == 201
    assert len(answer.attempts) == 2
    assert first[KEY] == second[KEY]
    assert second.items() >= OTHER.items()
    assert not second.keys() & AVOID.keys()


def should_avoid_the_region_that_the_failed_answer_names() -> None:
    _, (_, second) = sending(said(503, code="unavailable", served=True), said(201))
    assert second.items() >= AVOID.items()
    assert not second.keys() & OTHER.keys()


def should_give_a_write_up_after_its_patience(impatient: None) -> None:
    answer, (first, second) = sending(hang, said(201))
    assert answer.status == 201
    assert [attempt.status for attempt in answer.attempts] == [0, 201]
    assert second.items() >= {KEY: first[KEY], **OTHER}.items()


def should_retry_once_and_no_more() -> None:
    answer, requests = sending(said(502), hang_up)
    assert (answer.status, answer.code, answer.region) == (0, None, None)
    assert len(requests) == 2


@pytest.mark.parametrize(
    ("status", "code"), [(429, "slow-down"), (409, "email-taken"), (413, "too-large"), (422, "invalid")]
)
def should_take_other_answers_as_final(status: int, code: str) -> None:
    answer, requests = sending(said(status, code=code, served=True))
    assert (answer.status, answer.code, len(requests)) == (status, code, 1)


def should_leave_reads_to_the_edge() -> None:
    answer, (request,) = sending(said(502), method="GET")
    assert answer.status == 502
    assert KEY not in request


def should_be_like_curl_without_manners() -> None:
    answer, (request,) = sending(said(502), manners=Manners(keyed=False, retries=False))
    assert answer.status == 502
    assert KEY not in request


def should_keep_what_is_no_json_from_being_a_code() -> None:
    async def broken(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=409, text="{", content_type="application/problem+json")

    assert sending(broken)[0].code is None


def should_wait_as_long_as_the_page_and_as_the_edge_may_take() -> None:
    assert WRITE_PATIENCE == 5
    assert READ_PATIENCE > 2 * (3 + 3)


def should_follow_the_very_rule_of_the_page() -> None:
    engine = MiniRacer()
    engine.eval((SITE / "scripts" / "failover.js").read_text().replace("export ", ""))
    for status in (0, *range(200, 600)):
        for region in (None, "us-east-1"):
            for code in (None, "slow-down"):
                answer = json.dumps({"status": status, "servedRegion": region, "code": code})
                of_page = json.loads(str(engine.eval(f"JSON.stringify(headersOfRetry({answer}))")))
                assert headers_of_retry(status=status, region=region, code=code) == of_page
