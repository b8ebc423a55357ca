"""Seeding waits for an app that is busy, and says in a sentence when it never works."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from local import retrying, seed
from local.aws import Aws
from local.keys import Keys
from local.retrying import request
from local.trouble import TroubleError

ADMINISTRATOR = {"email": "admin@example.com", "password": "any password"}
AWS = Aws("http://127.0.0.1:1", Keys())

Failure = tuple[int, Mapping[str, str]]
NO_ANSWER: Failure = (0, {})


class FakeApi:
    """The API as seeding uses it: the first attempts of each request fail as `failures` say."""

    def __init__(self, *failures: Failure) -> None:
        self._failures = failures
        self.attempts: Counter[tuple[str, str]] = Counter()
        self.registered: dict[str, str] = {}
        self.administrators: set[str] = set()
        self._turn = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve a request; its key tells its attempts from those of others."""
        body: dict[str, Any] = json.loads(await request.content.read() or b"{}")
        attempt = (f"{request.method} {request.path}", request.headers["idempotency-key"])
        self.attempts[attempt] += 1
        if self.attempts[attempt] <= len(self._failures):
            status, headers = self._failures[self.attempts[attempt] - 1]
            if status == 0:
                assert request.transport is not None
                request.transport.abort()
                await asyncio.sleep(0)
            return web.Response(status=status or 500, text="try again", headers=headers)
        if request.path.endswith("/users"):
            self.registered[body.get("email", "")] = body.get("password", "")
            return web.json_response({}, status=201)
        if request.path.endswith("/sessions"):
            if self.registered.get(body["email"]) != body["password"]:
                return web.json_response({}, status=401)
            role = "admin" if body["email"] in self.administrators else "user"
            return web.json_response({"user": {"role": role}}, status=201)
        return web.json_response({})

    def appoint(self, _: Aws, __: str, ___: str, event: Mapping[str, str]) -> dict[str, Any]:
        """Be the operator function, which is busy as often as the API."""
        self._turn += 1
        if self._turn <= len(self._failures):
            if self._failures[self._turn - 1] == NO_ANSWER:
                raise TroubleError("The operator function failed.")
            return {"ok": False, "code": "unavailable"}
        self.administrators.add(event["email"])
        return {"ok": True}


@pytest.fixture(autouse=True)
def short_delays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(retrying, "FIRST_DELAY_SECONDS", 0.001)
    monkeypatch.setattr(retrying, "LONGEST_DELAY_SECONDS", 0.01)
    yield


async def served(api: FakeApi, use: Any) -> Any:
    """What `use` returns of the address at which `api` is served."""
    runner = web.ServerRunner(web.Server(api.answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        return await use(URL(site.name))
    finally:
        await runner.cleanup()


def plant(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(seed, "operate", api.appoint)

    async def use(url: URL) -> bool:
        return await seed.Seed(url, {}).plant(ADMINISTRATOR, aws=AWS, region="any", operator_function="any")

    return bool(asyncio.run(served(api, use)))


BUSY: list[tuple[Failure, ...]] = [
    (),
    ((503, {"retry-after": "0"}), (429, {"retry-after": "0"}), (500, {}), (504, {})),
    (NO_ANSWER, (503, {}), NO_ANSWER),
]


@pytest.mark.parametrize("failures", BUSY)
def should_seed_an_app_that_is_busy_at_first(
    failures: tuple[Failure, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeApi(*failures)

    assert plant(api, monkeypatch)

    assert len(api.registered) == len(seed.PEOPLE) + 1
    assert api.administrators == {ADMINISTRATOR["email"]}
    # One key for all attempts of a request, and another one for each request.
    assert set(api.attempts.values()) == {len(failures) + 1}
    assert len(api.attempts) == len(seed.PEOPLE) + 1 + 2


@pytest.mark.parametrize("failures", BUSY)
def should_warm_up_functions_that_start_slowly(failures: tuple[Failure, ...]) -> None:
    api = FakeApi(*failures)

    async def use(url: URL) -> None:
        await seed.warm_up({"us-east-1": (url, {}), "us-west-2": (url, {})})

    asyncio.run(served(api, use))

    assert set(api.attempts.values()) == {len(failures) + 1}
    assert len(api.attempts) == 6


def should_not_seed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeApi()
    plant(api, monkeypatch)
    before = len(api.attempts)

    assert not plant(api, monkeypatch)

    assert len(api.attempts) == before + 1


def call(*failures: Failure) -> retrying.Answer:
    async def use(url: URL) -> retrying.Answer:
        async with aiohttp.ClientSession() as session:
            return await request(session, "POST", url / "users", body={}, trouble="Nothing works")

    answer: retrying.Answer = asyncio.run(served(FakeApi(*failures), use))
    return answer


def should_wait_as_long_as_the_api_demands() -> None:
    started = time.monotonic()
    assert call((503, {"retry-after": "1"})).status == 201
    assert time.monotonic() - started >= 1


def should_wait_longer_from_attempt_to_attempt_but_not_without_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    call(*[(503, {})] * 8)

    longest = [0.001 * 2**attempt for attempt in range(4)] + [0.01] * 4
    pauses = [pause for pause in pauses if pause > 0]
    assert len(pauses) == 8
    assert all(bound / 2 <= pause <= bound for pause, bound in zip(pauses, longest, strict=True))


@pytest.mark.parametrize(
    ("failure", "part"),
    [
        ((503, {"retry-after": "0"}), "503: try again"),
        ((429, {}), "429: try again"),
        (NO_ANSWER, "Disconnected"),
    ],
)
def should_say_in_a_sentence_that_an_app_never_works(
    failure: Failure, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "DEADLINE_SECONDS", 0.2)
    with pytest.raises(TroubleError, match=f"Nothing works .*{part}"):
        call(*[failure] * 10_000)


def should_not_wait_for_what_comes_after_the_deadline() -> None:
    started = time.monotonic()
    with pytest.raises(TroubleError, match="Nothing works"):
        call((429, {"retry-after": "3600"}))
    assert time.monotonic() - started < 10


def should_not_repeat_what_was_refused() -> None:
    api = FakeApi((422, {}))

    async def use(url: URL) -> None:
        await seed.Seed(url, {}).plant(ADMINISTRATOR, aws=AWS, region="any", operator_function="any")

    with pytest.raises(TroubleError, match=r"Nobody can log in \(422\): try again"):
        asyncio.run(served(api, use))
    assert list(api.attempts.values()) == [1]
