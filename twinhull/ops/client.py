"""A client that keeps its half of the failover, for programs: what the page's `failover.js` does for people.

>>> async with aiohttp.ClientSession() as session:
...     client = Client(session, "https://d111111abcdef8.cloudfront.net/api/v1")
...     answer = await client("POST", "/users", {"email": …, "password": …, "name": …})
...     answer.status, answer.region, len(answer.attempts)
(201, 'us-west-2', 2)
"""

import asyncio
import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

#: Seconds after which a write is given up and sent to the other region.
WRITE_PATIENCE: Final = 5.0

#: Seconds for a read, which the edge tries in both regions: each may take 3 s to connect and 3 s to answer.
READ_PATIENCE: Final = 15.0

PROBLEM: Final = "application/problem+json"

_TRIED_AGAIN: Final = frozenset({500, 502, 503, 504})
_NO_ANSWER: Final = 0


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One request as it was sent: ``status`` is 0 when nobody answered; ``began`` is `time.monotonic()`."""

    status: int
    region: str | None
    code: str | None
    began: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The last attempt's answer, and all attempts; ``status`` is 0 when nobody answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    attempts: tuple[Attempt, ...]

    @property
    def region(self) -> str | None:
        """The region that answered."""
        return self.headers.get("x-served-region")

    @property
    def code(self) -> str | None:
        """The problem's code; None when it is no problem of the API's, as with CloudFront's own pages."""
        return self.attempts[-1].code

    def json(self) -> Any:
        """The body, which is JSON."""
        return json.loads(self.body)


def headers_of_retry(*, status: int, region: str | None, code: str | None) -> Mapping[str, str] | None:
    """What sends a failed write to the other region; None when its answer is final.

    ``region`` and ``code`` are those of this very answer, never remembered from another request: reads
    change regions silently. A 429 without a code of ours is the platform's.
    """
    failed = status == _NO_ANSWER or status in _TRIED_AGAIN or (status == 429 and code is None)
    if not failed:
        return None
    return {"x-avoid-region": region} if region else {"x-retry-other-region": "1"}


@dataclass(frozen=True, kw_only=True)
class Manners:
    """What a client does for its writes; without them it is like curl, whose writes happen once or not."""

    keyed: bool = True
    retries: bool = True


@dataclass(frozen=True)
class Client:
    """Sends requests to one address, with the same headers each time."""

    session: aiohttp.ClientSession
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    manners: Manners = field(default_factory=Manners)

    def signed_in(self, token: str) -> "Client":
        """The same, with a bearer token."""
        return Client(
            self.session, self.url, {**self.headers, "authorization": f"Bearer {token}"}, self.manners
        )

    async def __call__(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request; a write that failed once more, in the other region, with the same key."""
        sent = {**self.headers, **(headers or {})}
        if method in READS:
            return await self._send(method, path, body, sent, READ_PATIENCE)
        if self.manners.keyed:
            sent.setdefault("idempotency-key", uuid.uuid4().hex)
        first = await self._send(method, path, body, sent, WRITE_PATIENCE)
        hint = headers_of_retry(status=first.status, region=first.region, code=first.code)
        if hint is None or not self.manners.retries:
            return first
        second = await self._send(method, path, body, {**sent, **hint}, WRITE_PATIENCE)
        return Answer(
            status=second.status,
            headers=second.headers,
            body=second.body,
            attempts=(*first.attempts, *second.attempts),
        )

    async def _send(
        self, method: str, path: str, body: Any, headers: Mapping[str, str], patience: float
    ) -> Answer:
        began = time.monotonic()
        status, received, content = _NO_ANSWER, {}, b""
        try:
            async with (
                asyncio.timeout(patience),
                self.session.request(
                    method, f"{self.url}{path}", json=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                content = await answer.read()
                received = {name.lower(): value for name, value in answer.headers.items()}
                status = answer.status
        except (aiohttp.ClientError, OSError):  # TimeoutError among them
            content = b""
        attempt = Attempt(
            status=status,
            region=received.get("x-served-region"),
            code=_code(received, content),
            began=began,
            seconds=time.monotonic() - began,
        )
        return Answer(status=status, headers=received, body=content, attempts=(attempt,))


def _code(headers: Mapping[str, str], body: bytes) -> str | None:
    if not headers.get("content-type", "").startswith(PROBLEM):
        return None
    try:
        return str(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError):
        return None
