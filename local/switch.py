"""The region switch: which regions are up, and how one that is down behaves."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from yarl import URL

from local.edge.origin_client import region_of
from local.front import Front


async def _up(front: Front) -> None:
    await front.listen(front.forward)


async def _refuse(front: Front) -> None:
    await front.hang_up()


STATES: Mapping[str, Callable[[Front], Awaitable[None]]] = {"up": _up, "refuse": _refuse}
"""The state's name → how a front gets into it. `refuse`: connections are refused."""


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
            await STATES["up"](region.front)
            region.state = "up"
        self._changed(list(self.regions.values()))

    async def put(self, name: str, state: str) -> SwitchedRegion:
        """Bring a region into a state."""
        if name not in self.regions:
            raise UnknownRegionError(f"There is no region {name}; there are {', '.join(self.regions)}.")
        if state not in STATES:
            raise UnknownStateError(f"There is no state {state}; there are {', '.join(STATES)}.")
        async with self._turn:
            down = [each.name for each in self.regions.values() if each.name != name and each.state != "up"]
            if state != "up" and down:
                raise SecondRegionDownError(f"{down[0]} is down already; put it up before {name} goes down.")
            region = self.regions[name]
            if region.state != state:
                await STATES[state](region.front)
                region.state = state
                self._changed(list(self.regions.values()))
        return region

    def locate(self, domain: str) -> URL:
        """Where a domain of AWS in one of the regions is served on this machine."""
        return self.regions[region_of(domain)].front.url

    async def stop(self) -> None:
        """Stop listening everywhere."""
        for region in self.regions.values():
            await region.front.close()
