"""Runs a viewer-request function as it is deployed, in V8."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from py_mini_racer import JSEvalException, MiniRacer

from local.edge.distribution import FunctionCode, OriginGroup, UnsupportedFeatureError

IMPORT = re.compile(r"^\s*import\s+(\w+)\s+from\s+['\"]([\w-]+)['\"]\s*;?\s*$", re.MULTILINE)
TIME_LIMIT = 1.0
"""Seconds. AWS allows about a millisecond of compute; this only ends a loop that would hang the edge."""


class FunctionFailedError(Exception):
    """The function threw, or returned what is neither a request nor a response."""


@dataclass(frozen=True)
class Outcome:
    """The request or response that the function returned, and the origins that it chose, if it did."""

    returned: Mapping[str, Any]
    selection: OriginGroup | None

    @property
    def is_response(self) -> bool:
        """Whether the viewer is answered without asking an origin."""
        return "statusCode" in self.returned


class ViewerRequestFunction:
    """One function in a V8 context of its own."""

    def __init__(self, function: FunctionCode, *, origins: Sequence[str], location: str) -> None:
        """`location` is the region of the edge location that the function sees."""
        self.name = function.name
        self.store = function.store
        self._surroundings = {
            "origins": list(origins),
            "edgeLocation": {"name": "LCL1", "serverIp": "127.0.0.1", "region": location},
        }
        self._turn = asyncio.Lock()
        self._context = MiniRacer()
        host = resources.files("local.edge").joinpath("function_host.js").read_text(encoding="utf-8")
        self._context.eval(f"{host}\n{_without_imports(function)}")

    async def __call__(self, event: Mapping[str, Any], stored: Mapping[str, str] | None) -> Outcome:
        """Run the handler; `stored` is the key-value store's content, None when it cannot be read."""
        call = json.dumps({**self._surroundings, "store": stored})
        outcome = await self._run(f"host.run(handler, {json.dumps(event)}, {call})")
        if outcome is None:
            raise FunctionFailedError(f"{self.name} returned a promise that nothing settles")
        if "error" in outcome:
            raise FunctionFailedError(f"{self.name}: {outcome['error']}")
        returned, selection = outcome.get("returned"), outcome["selection"]
        if not isinstance(returned, dict) or not ("statusCode" in returned or "uri" in returned):
            raise FunctionFailedError(f"{self.name} returned neither a request nor a response")
        group = selection and OriginGroup(
            members=tuple(selection["members"]), statuses=frozenset(selection["statuses"])
        )
        return Outcome(returned, group)

    async def _run(self, code: str) -> Any:
        # One at a time, since the outcome is left in the context. Promises are settled when the first
        # evaluation returns: nothing that the host offers waits for anything outside.
        async with self._turn:
            try:
                await asyncio.wait_for(self._context.eval_cancelable(code), TIME_LIMIT)
                outcome = await self._context.eval_cancelable("JSON.stringify(host.outcome)")
            except (JSEvalException, TimeoutError) as error:
                raise FunctionFailedError(f"{self.name}: {error!r}") from error
        return json.loads(str(outcome))

    def close(self) -> None:
        """End the V8 context and its thread."""
        self._context.close()


def _without_imports(function: FunctionCode) -> str:
    """V8 scripts have no imports: the one module that is imitated becomes the host's object."""

    def bound(match: re.Match[str]) -> str:
        name, module = match.groups()
        if module != "cloudfront":
            raise UnsupportedFeatureError(f"the module {module} in the function {function.name}")
        return f"const {name} = cloudfront;"

    return IMPORT.sub(bound, function.code)
