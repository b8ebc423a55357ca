"""The region switch: which regions are up, and how one that is down behaves."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from yarl import URL

from local.edge.origin_client import region_of
from local.front import Front
from local.states import STATES, UP


class UnknownRegionError(Exception):
    """No such region."""


class UnknownStateError(Exception):
    """No such state."""


class SecondRegionDownError(Exception):
    """At most one region may be down: with both down nothing is left that could be shown to survive."""


@dataclass
class SwitchedRegion:
    """A region with its role (`primary` or `secondary`), its front and the state that it is in."""

    name: str
    role: str
    front: Front
    state: str = "refuse"


class Switch:
    """All regions, the primary first. They start down and are put up together by `start`."""

    def __init__(
        self,
        regions: Sequence[SwitchedRegion],
        *,
        changed: Callable[[Sequence[SwitchedRegion]], None] = lambda _: None,
    ) -> None:
        """`changed` hears of all regions whenever the state of one has changed."""
        self.regions = {region.name: region for region in regions}
        self._changed = changed
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Put every region up."""
        for region in self.regions.values():
            await region.front.be(STATES[UP])
            region.state = UP
        self._changed(list(self.regions.values()))

    async def put(self, name: str, state: str, *, after_a_write: bool = False) -> SwitchedRegion:
        """Bring a region into a state, at once or between its next write and the answer to that."""
        if name not in self.regions:
            raise UnknownRegionError(f"There is no region {name}; there are {', '.join(self.regions)}.")
        if state not in STATES:
            raise UnknownStateError(f"There is no state {state}; there are {', '.join(STATES)}.")
        async with self._turn:
            down = [each.name for each in self.regions.values() if each.name != name and each.state != UP]
            if state != UP and down:
                raise SecondRegionDownError(f"{down[0]} is down already; put it up before {name} goes down.")
            region = self.regions[name]
            region.front.die_after_a_write(partial(self._die, name, state) if after_a_write else None)
            if not after_a_write and region.state != state:
                await region.front.be(STATES[state])
                region.state = state
                self._changed(list(self.regions.values()))
        return region

    async def _die(self, name: str, state: str) -> None:
        # Meanwhile the other one may have gone down: then this one lives.
        with contextlib.suppress(SecondRegionDownError):
            await self.put(name, state)

    def locate(self, domain: str) -> URL:
        """Where a domain of AWS in one of the regions is served on this machine."""
        return self.regions[region_of(domain)].front.url

    async def stop(self) -> None:
        """Stop listening everywhere."""
        for region in self.regions.values():
            await region.front.close()
