"""The states that a region can be in, and what each says to whoever asks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import web

Service = Literal["api", "bucket"]
Reply = Callable[[web.BaseRequest, Service], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, kw_only=True)
class State:
    """A region's behaviour towards its callers.

    ``listens``: connections are accepted. ``executes``: requests are executed, and the region goes on with
    what it does by itself (schedules, queues). ``reply``: what is said in place of its own answers.
    """

    listens: bool = True
    executes: bool = False
    reply: Reply | None = None


async def _unavailable(_: web.BaseRequest, service: Service) -> web.Response:
    if service == "api":
        return web.json_response({"message": "Service Unavailable"}, status=503)
    return _error(503, "ServiceUnavailable", "Service is unable to handle request.")


async def _throttled(_: web.BaseRequest, service: Service) -> web.Response:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: a bucket has another status."""
    if service == "api":
        return web.json_response({"message": "Too Many Requests"}, status=429)
    return _error(503, "SlowDown", "Please reduce your request rate.")


async def _nothing(*_: object) -> web.StreamResponse:
    # Until the caller gives up: then this is cancelled.
    never: asyncio.Future[web.StreamResponse] = asyncio.get_running_loop().create_future()
    return await never


async def _abort(request: web.BaseRequest, _: Service) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return await _nothing()


def _error(status: int, code: str, message: str) -> web.Response:
    text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return web.Response(status=status, text=text, content_type="application/xml")


UP: Final = "up"

STATES: Final[Mapping[str, State]] = {
    UP: State(executes=True),
    "refuse": State(listens=False, reply=_abort),
    "error": State(reply=_unavailable),
    "throttle": State(reply=_throttled),
    "blackhole": State(reply=_nothing),
    "mute": State(executes=True, reply=_nothing),
}
