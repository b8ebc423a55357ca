"""What exists on one machine only: `/_local/…`, beside the edge and on its port."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from local.mailbox import Mailbox, as_page
from local.port_guard import problem
from local.switch import SecondRegionDownError, Switch, SwitchedRegion, UnknownRegionError, UnknownStateError

PREFIX = "/_local/"
REFUSALS = {UnknownRegionError: 404, SecondRegionDownError: 409, UnknownStateError: 422}


class Control:
    """Answers `/_local/…`: the regions, the mailbox, and what tests and tools need to know."""

    def __init__(
        self,
        switch: Switch,
        config: Mapping[str, Any],
        *,
        mailbox: Mailbox,
        pending: Callable[[], Awaitable[Mapping[str, int]]],
    ) -> None:
        """`config` and `pending` are the answers of `/_local/config` and `/_local/pending`."""
        self._switch = switch
        self._config = config
        self._mailbox = mailbox
        self._pending = pending

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve a request whose path starts with `PREFIX`."""
        parts = request.path.removeprefix(PREFIX).split("/")
        match request.method, parts:
            case "GET", ["regions"]:
                return web.json_response(
                    {"regions": [_region(each) for each in self._switch.regions.values()]}
                )
            case "PUT", ["regions", name]:
                return await self._put_region(name, await request.content.read())
            case "GET", ["config"]:
                return web.json_response(self._config)
            case "GET", ["mail"]:
                return await self._mail(request)
            case "GET", ["pending"]:
                return web.json_response(await self._pending())
            case _, ["regions"] | ["regions", _] | ["config"] | ["mail"] | ["pending"]:
                return problem(405, f"{request.method} means nothing here.")
        return problem(404, f"There is nothing at {request.path}.")

    async def _mail(self, request: web.BaseRequest) -> web.Response:
        to = request.query.get("to", "")
        messages = await self._mailbox.messages(to)
        if "text/html" in request.headers.get("accept", ""):
            return web.Response(text=as_page(messages, to), content_type="text/html")
        return web.json_response({"messages": messages})

    async def _put_region(self, name: str, body: bytes) -> web.Response:
        try:
            wanted = json.loads(body)
            state, after = wanted["state"], wanted.get("after")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return problem(400, 'Send JSON such as {"state": "refuse"}.')
        if after not in {None, "write"}:
            return problem(422, f"A region changes at once, or after a `write`, not after {after}.")
        try:
            region = await self._switch.put(name, str(state), after_a_write=after == "write")
            return web.json_response(_region(region))
        except (UnknownRegionError, UnknownStateError, SecondRegionDownError) as refusal:
            return problem(REFUSALS[type(refusal)], str(refusal))


def _region(region: SwitchedRegion) -> dict[str, str]:
    return {"name": region.name, "role": region.role, "state": region.state}
