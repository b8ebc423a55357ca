"""Requests that are repeated while the deployed app is busy or still starting, as a client should."""

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from local.trouble import TroubleError

T = TypeVar("T")

DEADLINE_SECONDS = 180.0
"""From the first attempt to the last: what does not work after that is broken, not slow."""

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 8.0


class BusyError(Exception):
    """An attempt failed in a way that passes; ``retry_after`` is the least number of seconds to wait."""

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Answer:
    """A status, and the text that came with it."""

    status: int
    text: str


async def retrying(attempt: Callable[[], Awaitable[T]], *, trouble: str) -> T:
    """Return the result of the first attempt that is not busy; between attempts it backs off exponentially.

    Raises TroubleError after the deadline: ``trouble``, and the last reason.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    delay = FIRST_DELAY_SECONDS
    while True:
        try:
            return await attempt()
        except BusyError as busy:
            pause = max(busy.retry_after, delay * random.uniform(0.5, 1))
            if time.monotonic() + pause > deadline:
                raise TroubleError(f"{trouble} ({busy}).") from busy
        await asyncio.sleep(pause)
        delay = min(2 * delay, LONGEST_DELAY_SECONDS)


async def request(
    session: aiohttp.ClientSession,
    method: str,
    url: URL,
    *,
    trouble: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send a request, with one `Idempotency-Key`, until its answer is neither 429 nor 5xx.

    Raises TroubleError as `retrying` does.
    """
    keyed = {"idempotency-key": secrets.token_urlsafe(16), **(headers or {})}

    async def attempt() -> Answer:
        try:
            async with session.request(method, url, json=body, headers=keyed) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BusyError(f"{error!r}") from error
        if answer.status == 429 or answer.status >= 500:
            raise BusyError(f"{answer.status}: {text}", _seconds(answer.headers.get("retry-after", "")))
        return Answer(answer.status, text)

    return await retrying(attempt, trouble=trouble)


def _seconds(retry_after: str) -> float:
    """Return a `Retry-After` in seconds; 0 for a date, which nothing here sends."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdecimal() else 0.0
