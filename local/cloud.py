"""The whole cloud on this machine: started step by step, stopped in the opposite order."""

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from local.assembly import Stack, stacks_in_order, synthesize
from local.aws import Aws
from local.checklist import Checklist
from local.commands import bare_environment, run
from local.deploy import bootstrap, deploy, outputs
from local.deployed import Deployed
from local.edge.distribution import Distribution, UnsupportedFeatureError, read_distribution
from local.emulator_process import Emulator, EmulatorError
from local.home import Home
from local.mailbox import SETTINGS
from local.ports import free_near
from local.seed import Seed, warm_up
from local.serving import Serving
from local.switch import SwitchedRegion
from local.trouble import TroubleError

WATCHED_EVERY = 0.5
"""Seconds between two looks at whether the emulator still runs."""

PATIENCE = 120.0
"""Seconds for saving; who does not want to wait presses Ctrl-C again."""


class Cloud:
    """One emulator with what is deployed in it, a front per region, and the edge before them."""

    def __init__(
        self, home: Home, claim: socket.socket, *, context: Mapping[str, str], checklist: Checklist
    ) -> None:
        """`claim` is the bound socket of the page's address; it listens when all works."""
        self._home = home
        self._claim = claim
        self._context = {**SETTINGS, **context}
        self._checklist = checklist
        self._starting: asyncio.Task[Emulator] | None = None
        self._serving: Serving | None = None

    @property
    def administrator(self) -> Mapping[str, str]:
        """The administrator's log-in."""
        return self._home.administrator()

    @property
    def regions(self) -> list[SwitchedRegion]:
        """The regions that are served, the primary first."""
        return self._serving.regions if self._serving else []

    async def start(self) -> None:
        """Start everything; the page's port listens when this is done. Raises TroubleError."""
        try:
            await self._start()
        except (aiohttp.ClientError, BotoCoreError, ClientError) as error:
            log = self._home.path / "emulator" / "emulator.log"
            raise TroubleError(f"The emulator does not answer as it should ({error}): see {log}.") from error

    async def _start(self) -> None:
        self._starting = asyncio.create_task(self._start_emulator())
        assembly = self._home.path / "assembly"
        with self._checklist.step("synthesizing the app", "synthesized the app, as for AWS"):
            await synthesize(assembly, context=self._context, home=self._home.path)
        checking = asyncio.create_task(self._check(assembly))
        try:
            emulator = await asyncio.shield(self._starting)
            aws = Aws(emulator.url, emulator.keys)
            deployed = await self._deploy(emulator, aws, assembly)
            await self._serve(emulator, aws, deployed, checking)
        finally:
            checking.cancel()
            await asyncio.wait({checking})
        emulator.keep(True)

    async def watch(self) -> None:
        """Raise TroubleError as soon as the emulator ends by itself."""
        if self._starting is not None:
            emulator = await asyncio.shield(self._starting)
            while emulator.running:
                await asyncio.sleep(WATCHED_EVERY)
            raise TroubleError(
                f"The emulator ended by itself: {emulator.log} says why. "
                "`make up` starts from the last clean stop, `make clean` forgets all."
            )

    async def stop(self) -> bool:
        """Stop everything; True when the data of this run was saved.

        What was interrupted before it all worked is not saved: the next start begins from the last stop.
        """
        if self._serving is not None:
            await self._serving.close()
        if self._starting is None:
            return False
        with contextlib.suppress(TroubleError):
            emulator = await self._starting
            return await asyncio.to_thread(emulator.stop, PATIENCE)
        return False

    def kill(self) -> None:
        """End the emulator at once, without saving."""
        if self._starting is not None and self._starting.done() and not self._starting.exception():
            self._starting.result().kill()

    async def _start_emulator(self) -> Emulator:
        started = time.monotonic()
        page = int(self._claim.getsockname()[1])
        port = free_near(page + 3, taken=[page, page + 1, page + 2])
        try:
            emulator = await asyncio.to_thread(Emulator, self._home.folder("emulator"), port)
        except EmulatorError as error:
            raise TroubleError(str(error)) from error
        emulator.keep(False)
        self._checklist.done("started the emulator", time.monotonic() - started)
        if emulator.killed:
            self._checklist.say("! The run before was killed: this one starts from the last clean stop.")
        return emulator

    async def _check(self, assembly: Path) -> None:
        with self._checklist.step("checking the templates", "checked that the emulator drops nothing"):
            await self._run_module("The check of the templates", "local.lint", assembly)

    async def _deploy(self, emulator: Emulator, aws: Aws, assembly: Path) -> Deployed:
        home = self._home.path
        stacks = stacks_in_order(assembly)
        await asyncio.gather(self._repack(assembly, home / "deploy"), self._bootstrap(emulator, aws, stacks))
        await deploy(emulator, home / "deploy", home=home, deployed=self._tell_deployed)
        return Deployed.of(stacks, await asyncio.to_thread(outputs, aws, stacks))

    async def _repack(self, assembly: Path, target: Path) -> None:
        with self._checklist.step("packing the functions", "packed the functions for this machine"):
            await self._run_module("The packing", "local.repack", assembly, target)

    async def _bootstrap(self, emulator: Emulator, aws: Aws, stacks: list[Stack]) -> None:
        started = time.monotonic()
        regions = await bootstrap(emulator, aws, (stack.region for stack in stacks), home=self._home.path)
        if regions:
            self._checklist.done(f"bootstrapped {', '.join(regions)}", time.monotonic() - started)

    def _tell_deployed(self, stack: str, changed: bool, seconds: float) -> None:
        self._checklist.done(f"deployed {stack}" if changed else f"found {stack} unchanged", seconds)

    async def _serve(
        self, emulator: Emulator, aws: Aws, deployed: Deployed, checking: "asyncio.Task[None]"
    ) -> None:
        """Open the fronts, seed through them, and open the edge when everything is as it should be."""
        distribution = await asyncio.to_thread(_read, aws, deployed.distribution)
        self._serving = serving = Serving(emulator, self._claim, deployed, distribution)
        await serving.open_fronts()
        with self._checklist.step("calling each function", "called each function in each region"):
            await warm_up(serving.origins)
        await self._seed(serving, aws, deployed)
        await checking
        await serving.open_edge(self.administrator, aws)

    async def _seed(self, serving: Serving, aws: Aws, deployed: Deployed) -> None:
        started = time.monotonic()
        primary = deployed.primary
        planted = await Seed(*serving.origins[primary.region]).plant(
            self.administrator, aws=aws, region=primary.region, operator_function=primary.operator_function
        )
        what = "registered an administrator and 25 users" if planted else "found the administrator"
        self._checklist.done(what, time.monotonic() - started)

    async def _run_module(self, what: str, module: str, *arguments: Path) -> None:
        await run(
            what,
            [sys.executable, "-m", module, *map(str, arguments)],
            environment=bare_environment(),
            log=self._home.path / f"{module.rpartition('.')[2]}.log",
        )


def _read(aws: Aws, distribution: str) -> Distribution:
    try:
        return read_distribution(aws.cloudfront(), distribution)
    except UnsupportedFeatureError as error:
        raise TroubleError(f"The distribution uses what the local edge does not imitate: {error}.") from error
