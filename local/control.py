"""What exists on one machine only: `/_local/…`, beside the edge and on its port."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from local.switch import SecondRegionDownError, Switch, SwitchedRegion, UnknownRegionError, UnknownStateError

PREFIX = "/_local/"
REFUSALS = {UnknownRegionError: 404, SecondRegionDownError: 409, UnknownStateError: 422}


class Control:
    """Answers `/_local/…`: the regions and their switch, and what tests and tools need to know."""

    def __init__(self, switch: Switch, config: Mapping[str, Any]) -> None:
        """`config` is the answer of `/_local/config`."""
        self._switch = switch
        self._config = config

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve a request whose path starts with `PREFIX`."""
        # A name of somebody's own that points to loopback must not make a browser read the log-in from here.
        if request.host.rsplit(":", 1)[0] not in {"localhost", "127.0.0.1"}:
            return _problem(403, "Only localhost and 127.0.0.1 are answered here.")
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
            case _, ["regions"] | ["regions", _] | ["config"]:
                return _problem(405, f"{request.method} means nothing here.")
        return _problem(404, f"There is nothing at {request.path}.")

    async def _put_region(self, name: str, body: bytes) -> web.Response:
        try:
            wanted = json.loads(body)
            state, after = wanted["state"], wanted.get("after")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return _problem(400, 'Send JSON such as {"state": "refuse"}.')
        if after not in {None, "write"}:
            return _problem(422, f"A region changes at once, or after a `write`, not after {after}.")
        try:
            region = await self._switch.put(name, str(state), after_a_write=after == "write")
            return web.json_response(_region(region))
        except (UnknownRegionError, UnknownStateError, SecondRegionDownError) as refusal:
            return _problem(REFUSALS[type(refusal)], str(refusal))


def _region(region: SwitchedRegion) -> dict[str, str]:
    return {"name": region.name, "role": region.role, "state": region.state}


def _problem(status: int, detail: str) -> web.Response:
    return web.json_response(
        {"status": status, "detail": detail}, status=status, content_type="application/problem+json"
    )
