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

from local.assembly import Stack, assemblies, stacks_in_order, synthesize
from local.aws import Aws
from local.checklist import Checklist
from local.commands import bare_environment, run
from local.deploy import bootstrap, deploy, outputs
from local.deployed import Deployed, Deployment
from local.edge.distribution import Distribution, UnsupportedFeatureError, read_distribution
from local.emulator_process import Emulator, EmulatorError
from local.fingerprint import fingerprints
from local.home import Home
from local.mailbox import SETTINGS
from local.operating import pending
from local.ports import free_near
from local.seed import Seed, warm_up
from local.serving import Serving
from local.snapshots import Snapshots
from local.switch import SwitchedRegion
from local.trouble import TroubleError

WATCHED_EVERY = 0.5
"""Seconds between two looks at whether the emulator still runs."""

PATIENCE = 120.0
"""Seconds for saving; who does not want to wait presses Ctrl-C again."""

TURN_SECONDS = 300.0
"""Time for which another start that deploys the same is waited for."""

SETTLING_SECONDS = 90.0
"""Time for messages to the seeded users: each minute the sweeper sends what the queue did not."""


class Cloud:
    """One emulator with what is deployed in it, a front per region, and the edge before them."""

    def __init__(
        self,
        home: Home,
        claim: socket.socket,
        *,
        cache: Path,
        context: Mapping[str, str],
        checklist: Checklist,
    ) -> None:
        """`claim` is the bound socket of the page's address; it listens when all works.

        `cache` is where assemblies and deployed homes are kept.
        """
        self._home = home
        self._state = home.workspace.running
        self._claim = claim
        self._assemblies = assemblies(cache)
        self._snapshots = Snapshots(cache / "homes")
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
        workspace = self._home.workspace
        started = time.monotonic()
        wanted = await asyncio.to_thread(fingerprints, self._context)
        async with contextlib.AsyncExitStack() as turn:
            snapshot = await self._snapshot(wanted.deployment, turn) if workspace.is_new else None
            seconds = time.monotonic() - started
            saved = Deployment.read(snapshot or workspace.saved)
            synthesizing = None
            if saved is None or saved.key != wanted.deployment:
                # While the emulator starts.
                synthesizing = asyncio.create_task(self._synthesize(wanted.assembly))
            try:
                emulator = await self._launch(snapshot)
                deployment = Deployment.read(self._state)
                if deployment is not None and deployment.key == wanted.deployment:
                    what = (
                        "found the deployment unchanged" if snapshot is None else "took the kept deployment"
                    )
                    self._checklist.done(what, seconds)
                    await self._serve(emulator, deployment.deployed)
                else:
                    assembly = await (synthesizing or self._synthesize(wanted.assembly))
                    emulator = await self._deploy(emulator, assembly, wanted.deployment)
            finally:
                if synthesizing is not None:
                    synthesizing.cancel()
                    await asyncio.gather(synthesizing, return_exceptions=True)
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

    async def _snapshot(self, key: str, turn: contextlib.AsyncExitStack) -> Path | None:
        """Return a kept home; if there is none, wait for other starts that make one, and take the turn."""
        snapshot = await asyncio.to_thread(self._snapshots.find, key)
        if snapshot is None:
            with self._checklist.doing("waiting for another start of the same app"):
                await turn.enter_async_context(self._snapshots.cache.turn(key, patience=TURN_SECONDS))
            snapshot = await asyncio.to_thread(self._snapshots.find, key)
        return snapshot

    async def _synthesize(self, key: str) -> Path:
        started = time.monotonic()
        async with self._assemblies.turn(key, patience=TURN_SECONDS):
            if assembly := self._assemblies.find(key):
                self._checklist.done("found the app synthesized", time.monotonic() - started)
                return assembly
            with (
                self._checklist.step("synthesizing the app", "synthesized the app, as for AWS"),
                self._assemblies.adding(key) as folder,
            ):
                await synthesize(folder, context=self._context, home=self._home.path)
        return self._assemblies.path(key)

    async def _launch(self, snapshot: Path | None = None) -> Emulator:
        self._starting = asyncio.create_task(self._start_emulator(snapshot))
        return await asyncio.shield(self._starting)

    async def _start_emulator(self, snapshot: Path | None) -> Emulator:
        started = time.monotonic()
        page = int(self._claim.getsockname()[1])
        port = free_near(page + 3, taken=[page, page + 1, page + 2])
        try:
            emulator = await asyncio.to_thread(Emulator, self._home.workspace.home, port, snapshot=snapshot)
        except EmulatorError as error:
            raise TroubleError(str(error)) from error
        emulator.keep(False)
        self._checklist.done("started the emulator", time.monotonic() - started)
        if emulator.killed:
            self._checklist.say("! The run before was killed: this one starts from the last clean stop.")
        return emulator

    async def _deploy(self, emulator: Emulator, assembly: Path, key: str) -> Emulator:
        """Deploy and serve; a new home is stopped in between, and kept for others.

        Returns the emulator that serves.
        """
        home, aws = self._home.path, Aws(emulator.url, emulator.keys)
        stacks = stacks_in_order(assembly)
        Deployment.forget(self._state)
        await asyncio.gather(self._repack(assembly, home / "deploy"), self._bootstrap(emulator, aws, stacks))
        await deploy(emulator, home / "deploy", home=home, deployed=self._tell_deployed)
        deployed = Deployed.of(stacks, await asyncio.to_thread(outputs, aws, stacks))
        Deployment(key=key, deployed=deployed).write(self._state)
        if not self._home.workspace.is_new:
            await self._serve(emulator, deployed)
            return emulator
        await self._seed_apart(emulator, aws, deployed)
        emulator.keep(True)
        if not await asyncio.to_thread(emulator.stop, PATIENCE):
            raise TroubleError(f"The emulator could not save what is deployed: {emulator.log} says why.")
        emulator = await self._launch()
        await self._serve(emulator, deployed)
        await self.keep_for_others(key)
        return emulator

    async def keep_for_others(self, key: str) -> None:
        """Let other homes start from this one's saved state, which this run has proved to work."""
        try:
            await asyncio.to_thread(self._snapshots.add, key, self._home.workspace.saved)
        except OSError as error:
            self._checklist.say(
                f"! The next new home is deployed again, for this one could not be kept: {error}."
            )

    async def _repack(self, assembly: Path, target: Path) -> None:
        with self._checklist.step("packing the functions", "packed the functions for this machine"):
            await run(
                "The packing",
                [sys.executable, "-m", "local.repack", str(assembly), str(target)],
                environment=bare_environment(),
                log=self._home.path / "repack.log",
            )

    async def _bootstrap(self, emulator: Emulator, aws: Aws, stacks: list[Stack]) -> None:
        started = time.monotonic()
        regions = await bootstrap(emulator, aws, (stack.region for stack in stacks), home=self._home.path)
        if regions:
            self._checklist.done(f"bootstrapped {', '.join(regions)}", time.monotonic() - started)

    def _tell_deployed(self, stack: str, changed: bool, seconds: float) -> None:
        self._checklist.done(f"deployed {stack}" if changed else f"found {stack} unchanged", seconds)

    async def _open(self, emulator: Emulator, aws: Aws, deployed: Deployed) -> Serving:
        distribution = await asyncio.to_thread(_read, aws, deployed.distribution)
        serving = Serving(emulator, self._claim, deployed, distribution)
        await serving.open_fronts()
        return serving

    async def _seed_apart(self, emulator: Emulator, aws: Aws, deployed: Deployed) -> None:
        """Seed before anybody is served, and wait until all that this causes is done."""
        serving = await self._open(emulator, aws, deployed)
        try:
            await self._seed(serving, aws, deployed)
            with self._checklist.step("sending messages", "sent them their messages"):
                await self._settle(aws, deployed)
        finally:
            await serving.close()

    async def _settle(self, aws: Aws, deployed: Deployed) -> None:
        region, function = deployed.primary.region, deployed.primary.operator_function
        deadline = time.monotonic() + SETTLING_SECONDS
        while time.monotonic() < deadline:
            # On a busy machine a call may fail.
            with contextlib.suppress(TroubleError, BotoCoreError, ClientError):
                if not any((await asyncio.to_thread(pending, aws, region, function)).values()):
                    break
            await asyncio.sleep(WATCHED_EVERY)

    async def _serve(self, emulator: Emulator, deployed: Deployed) -> None:
        """Open the fronts, and the edge when everything is as it should be."""
        aws = Aws(emulator.url, emulator.keys)
        self._serving = serving = await self._open(emulator, aws, deployed)
        with self._checklist.step("calling each function", "called each function in each region"):
            await warm_up(serving.origins)
        await self._seed(serving, aws, deployed)
        await serving.open_edge(self.administrator, aws)

    async def _seed(self, serving: Serving, aws: Aws, deployed: Deployed) -> None:
        started = time.monotonic()
        primary = deployed.primary
        planted = await Seed(*serving.origins[primary.region]).plant(
            self.administrator, aws=aws, region=primary.region, operator_function=primary.operator_function
        )
        what = "registered an administrator and 25 users" if planted else "found the administrator"
        self._checklist.done(what, time.monotonic() - started)


def _read(aws: Aws, distribution: str) -> Distribution:
    try:
        return read_distribution(aws.cloudfront(), distribution)
    except UnsupportedFeatureError as error:
        raise TroubleError(f"The distribution uses what the local edge does not imitate: {error}.") from error
