"""The drill itself: load, losses, recoveries, and the reading back."""

import asyncio
import contextlib
import os
import platform
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, ParamSpec, TypeVar

import aiohttp

from twinhull.ops.client import Client, Manners
from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment, Region
from twinhull.ops.drain import carry_out, plan_evacuation, restore
from twinhull.ops.drill.calls import Call
from twinhull.ops.drill.judge import judge
from twinhull.ops.drill.ledger import Ledger
from twinhull.ops.drill.load import Load
from twinhull.ops.drill.plan import Step, steps
from twinhull.ops.drill.reading import delete_all, read_back
from twinhull.ops.drill.result import Phase, Result
from twinhull.ops.drill.sender import Sender
from twinhull.ops.drill.switches import Switches
from twinhull.ops.origin import HEADER, ask_api, read_any_secret
from twinhull.ops.trouble import TroubleError

#: Seconds from the last call to the reading: whatever still executes ends, whatever is eventual has arrived.
SETTLES: Final = 2.5

#: Seconds for a region that was brought back to serve again.
RETURNS: Final = 60.0

#: A region is warm when for so many seconds every call took at most so many.
WARM_FOR: Final = 3.0
WARM: Final = 1.0

#: Seconds for everybody to begin.
BEGINS: Final = 60.0

Say = Callable[[str], None]

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is drilled, and how hard."""

    seconds: float
    clients: int
    pace: float
    regions: Sequence[str]
    states: Sequence[str]
    slack: float = 0.0
    warm_up: float = 60.0
    """Seconds at most for each region to become quick."""
    manners: Manners = field(default_factory=Manners)
    rivals: bool = True
    granters: bool = True
    plain: bool = True
    steps: Sequence[Step] | None = None
    """In place of those that regions, states and seconds make."""

    @property
    def plan(self) -> Sequence[Step]:
        """The steps."""
        if self.steps is not None:
            return self.steps
        return steps(seconds=self.seconds, regions=self.regions, states=self.states)

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "seconds": self.seconds,
            "clients": self.clients,
            "pace": self.pace,
            "regions": list(self.regions),
            "states": list(self.states),
        }


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One drill of a deployment; ``edge`` is the address of its page."""

    cloud: Cloud
    deployment: Deployment
    switches: Switches
    settings: Mapping[str, Any]
    administrator: Mapping[str, str]
    options: Options
    edge: str
    say: Say = lambda _: None

    async def run(self) -> Result:
        """Do all steps; what they changed is put back whatever happens.

        :raises TroubleError: it could not be carried through.
        """
        connector = aiohttp.TCPConnector(limit=0)
        # CloudFront's own pages come compressed or not; nothing here needs cookies.
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
            load = self._load(session)
            await load.sender.as_administrator()
            warm = await self._warm_up(load)
            async with _terminable():
                try:
                    phases = await self._phases(load)
                finally:
                    await asyncio.to_thread(self.switches.put_back, self.settings)
            await asyncio.sleep(SETTLES)
            self.say(f"reading {len(load.ledger.ids)} accounts back from each region …")
            verdict = judge(load.ledger, await self._readings(session, load))
            await delete_all(await load.sender.as_administrator(), [*load.ledger.ids, *warm])
        return Result(
            about=self._about(),
            phases=phases,
            verdict=verdict,
            acknowledged=load.ledger.acknowledged,
            accounts=len(load.ledger.ids),
            slack=self.options.slack,
        )

    async def _warm_up(self, load: Load) -> list[str]:
        """Let each region serve everybody, until it does so quickly: what is lost is no cold start.

        Who registered meanwhile.
        """
        registered: list[str] = []
        for number, avoided in enumerate(load.regions):
            warming = replace(
                load,
                sender=Sender(
                    replace(load.sender.client, headers={"x-avoid-region": avoided}), self.administrator
                ),
                ledger=Ledger(),
                run=f"{load.run}-warm-{number}",
                rivals=False,
                granters=False,
                plain=False,
            )
            self.say(f"warming up without {avoided} …")
            until = time.monotonic() + self.options.warm_up
            going = asyncio.create_task(warming.go())
            while time.monotonic() < until and not going.done() and not _is_warm(warming.sender.calls):
                await asyncio.sleep(0.2)
            warming.stop()
            await _ended(going)
            registered += warming.ledger.ids
        return registered

    def _load(self, session: aiohttp.ClientSession) -> Load:
        first, second = (region.name for region in self.deployment.regions)
        edge = Client(session, self.edge.rstrip("/"), manners=self.options.manners)
        return Load(
            sender=Sender(edge, self.administrator),
            regions=(first, second),
            clients=self.options.clients,
            pace=self.options.pace,
            rivals=self.options.rivals,
            granters=self.options.granters,
            plain=self.options.plain,
        )

    async def _phases(self, load: Load) -> list[Phase]:
        loading = asyncio.create_task(load.go())
        timed: list[tuple[Step, float, float]] = []
        try:
            beginning = asyncio.create_task(load.ready.wait())
            await asyncio.wait({loading, beginning}, timeout=BEGINS, return_when=asyncio.FIRST_COMPLETED)
            beginning.cancel()
            load.sender.calls.clear()
            lost = None
            for step in self.options.plan:
                if step.region not in {None, lost}:
                    await self._nobody_waits(load)
                    lost = step.region
                began = time.monotonic()
                self.say(f"{step.name} …")
                changed = await self._begin(step)
                await asyncio.wait({loading}, timeout=max(0.0, began + step.seconds - time.monotonic()))
                if loading.done():
                    break
                timed.append((step, began, changed))
        finally:
            load.stop()
            await _ended(loading)
        ends = [began for _, began, _ in timed[1:]] + [time.monotonic()]
        return [
            Phase(
                step=step,
                began=began,
                changed=changed,
                ended=ended,
                calls=[call for call in load.sender.calls if began <= call.began < ended],
            )
            for (step, began, changed), ended in zip(timed, ends, strict=True)
        ]

    async def _nobody_waits(self, load: Load) -> None:
        """Wait for who still waits for the region that was lost before: one retry survives one loss."""
        before = time.monotonic()
        while load.sender.oldest < before and time.monotonic() < before + BEGINS:
            await asyncio.sleep(0.1)

    async def _begin(self, step: Step) -> float:
        """Change what the step changes; when it was so."""
        region = step.region or ""
        match step.kind:
            case "lost":
                await to_the_end(self.switches.lose, region, step.state or "")
            case "drained" | "evacuated":
                return await to_the_end(self._drain, region)
            case "back":
                await to_the_end(self._bring_back, self.deployment.region(region))
        return time.monotonic()

    def _drain(self, region: str) -> float:
        """Evacuate; when it was written, which is before the edge was seen to obey."""
        plan = plan_evacuation(self.cloud, self.deployment, region)
        started = time.monotonic()
        return started + carry_out(plan).written_after

    def _bring_back(self, region: Region) -> None:
        """Its switch first; then, when it can serve, the drain."""
        self.switches.put_back(self.settings)
        secret = read_any_secret(self.cloud, self.deployment).settled
        deadline = time.monotonic() + RETURNS
        while (heard := ask_api(self.cloud, self.deployment, region, secret)).status != 200:
            if time.monotonic() > deadline:
                raise TroubleError("not-back", f"{region.name} does not serve again ({heard.said}).")
            time.sleep(0.2)
        restore(self.cloud, self.deployment, region.name)

    async def _readings(self, session: aiohttp.ClientSession, load: Load) -> dict[str, Any]:
        secret = (await asyncio.to_thread(read_any_secret, self.cloud, self.deployment)).settled
        token = (await load.sender.as_administrator()).headers
        readings = {}
        for region in self.deployment.regions:
            url = self.cloud.api_url(region.name, region.api_domain)
            client = Client(session, url, {**token, HEADER: secret})
            readings[region.name] = await read_back(client, load.ledger.ids)
        return readings

    def _about(self) -> dict[str, Any]:
        return {
            "where": self.switches.where,
            "deployment": self.deployment.name,
            "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "cores": cores(),
            "machine": f"{platform.system()} {platform.machine()}",
            "options": self.options.document,
        }


async def to_the_end(change: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Change something in a thread; a cancellation waits for its end, or it would undo what puts it back."""
    changing = asyncio.create_task(asyncio.to_thread(change, *arguments, **named))
    try:
        return await asyncio.shield(changing)
    except asyncio.CancelledError:
        await asyncio.wait({changing})
        raise


def _is_warm(calls: Sequence[Call]) -> bool:
    recent = [call for call in calls if call.ended > time.monotonic() - WARM_FOR]
    return (
        bool(calls)
        and calls[0].ended < time.monotonic() - WARM_FOR
        and all(call.ok and call.seconds < WARM for call in recent)
    )


def cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


async def _ended(loading: "asyncio.Task[None]") -> None:
    """Wait for the load; of what went wrong in it, raise what is for people."""
    try:
        await loading
    except* TroubleError as group:
        raise group.exceptions[0] from None


@contextlib.asynccontextmanager
async def _terminable() -> AsyncIterator[None]:
    """Let SIGTERM end the drill as Ctrl-C does, so that everything is put back."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task  # noqa: S101
    handled = True
    try:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    except (NotImplementedError, RuntimeError, ValueError):  # not in the main thread, or no Unix
        handled = False
    try:
        yield
    finally:
        if handled:
            loop.remove_signal_handler(signal.SIGTERM)
