"""The whole cloud on this machine: started step by step, stopped in the opposite order."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from yarl import URL

from local.assembly import Stack, stacks_in_order, synthesize
from local.aws import CREDENTIALS, Aws
from local.checklist import Checklist
from local.control import PREFIX, Control
from local.deploy import Outputs, bootstrap, deploy, outputs
from local.edge.distribution import Distribution, UnsupportedFeatureError, read_distribution
from local.edge.key_value_store import KeyValueStores
from local.edge.origin_client import OriginClient
from local.edge.server import Edge
from local.emulator_process import Emulator, EmulatorError
from local.front import Front
from local.home import Home
from local.lint import LintError, problems
from local.ports import free_near
from local.repack import RepackError, repack
from local.seed import Seed, warm_up
from local.switch import Switch, SwitchedRegion
from local.trouble import TroubleError

ROLES = ("primary", "secondary")


class Cloud:
    """One emulator with what is deployed in it, a front per region, and the edge before them."""

    def __init__(
        self, home: Home, claim: socket.socket, *, context: Mapping[str, str], checklist: Checklist
    ) -> None:
        """`claim` is the bound socket of the page's address; it listens when all works."""
        self._home = home
        self._claim = claim
        self._context = context
        self._checklist = checklist
        self._starting: asyncio.Task[Emulator] | None = None
        self._closing = contextlib.AsyncExitStack()
        self.regions: list[SwitchedRegion] = []

    @property
    def port(self) -> int:
        """The page's port."""
        return int(self._claim.getsockname()[1])

    async def start(self) -> None:
        """Start everything; the page's port listens when this is done. Raises TroubleError."""
        check = self._checklist
        self._starting = asyncio.create_task(self._start_emulator())
        assembly = self._home.path / "assembly"
        with check.step("synthesizing the app", "synthesized the app, as for AWS"):
            await synthesize(assembly, context=self._context, home=self._home.path)
        stacks = stacks_in_order(assembly)
        emulator = await asyncio.shield(self._starting)
        aws = Aws(emulator.url)
        deployable, _ = await asyncio.gather(self._prepare(assembly), self._bootstrap(emulator, aws, stacks))
        await deploy(emulator, deployable, home=self._home.path, deployed=self._deployed)
        await self._serve(emulator, aws, stacks, await asyncio.to_thread(outputs, aws, stacks))

    async def stop(self) -> bool:
        """Stop everything; True when the data of this run was saved.

        What was interrupted before it all worked is not saved: the next start begins from the last stop.
        """
        await self._closing.aclose()
        if self._starting is None:
            return False
        try:
            emulator = await self._starting
        except (TroubleError, asyncio.CancelledError):
            return False
        return await asyncio.to_thread(emulator.stop)

    def kill(self) -> None:
        """End the emulator at once, without saving."""
        if self._starting is not None and self._starting.done() and not self._starting.exception():
            self._starting.result().kill()

    async def _start_emulator(self) -> Emulator:
        started = time.monotonic()
        port = free_near(self.port + 3, taken=[self.port, self.port + 1, self.port + 2])
        try:
            emulator = await asyncio.to_thread(Emulator, self._home.folder("emulator"), port)
        except EmulatorError as error:
            raise TroubleError(str(error)) from error
        self._checklist.done("started the emulator", time.monotonic() - started)
        emulator.keep(False)
        if emulator.killed:
            self._checklist.say("! The run before was killed: this one starts from the last clean stop.")
        return emulator

    async def _prepare(self, assembly: Path) -> Path:
        """Check that nothing of the templates would be dropped; copy them with packages for this machine."""
        deployable = self._home.path / "deploy"
        done = "checked the templates, packed the functions for this machine"
        with self._checklist.step("checking the templates", done):
            try:
                found, _ = await asyncio.gather(
                    asyncio.to_thread(problems, assembly), asyncio.to_thread(repack, assembly, deployable)
                )
            except (LintError, RepackError) as error:
                raise TroubleError(str(error)) from error
        if found:
            raise TroubleError(
                "The emulator would not do what the templates say:\n    " + "\n    ".join(found)
            )
        return deployable

    async def _bootstrap(self, emulator: Emulator, aws: Aws, stacks: list[Stack]) -> None:
        started = time.monotonic()
        regions = await bootstrap(emulator, aws, (stack.region for stack in stacks), home=self._home.path)
        if regions:
            self._checklist.done(f"bootstrapped {', '.join(regions)}", time.monotonic() - started)

    def _deployed(self, stack: str, changed: bool, seconds: float) -> None:
        self._checklist.done(f"deployed {stack}" if changed else f"found {stack} unchanged", seconds)

    async def _serve(self, emulator: Emulator, aws: Aws, stacks: list[Stack], found: Outputs) -> None:
        """Put the fronts up, seed, and let the edge listen last."""
        apis = {stack.region: found[stack.name] for stack in stacks if "ApiDomain" in found[stack.name]}
        primary = next(iter(apis))
        self._switch = self._fronts(emulator, {region: api["ApiDomain"] for region, api in apis.items()})
        self.regions = list(self._switch.regions.values())
        self._closing.push_async_callback(self._switch.stop)
        await self._switch.start()

        distribution_id = _output(found, "DistributionId")
        try:
            distribution = await asyncio.to_thread(read_distribution, aws.cloudfront(), distribution_id)
        except UnsupportedFeatureError as error:
            raise TroubleError(
                f"The distribution uses what the local edge does not imitate: {error}."
            ) from error
        headers = {region: _origin_headers(distribution, api["ApiDomain"]) for region, api in apis.items()}
        fronts = {region: self._switch.regions[region].front.url for region in apis}
        with self._checklist.step("calling each function", "called each function in each region"):
            await warm_up(fronts, headers)
        self.administrator = self._home.administrator()
        started = time.monotonic()
        planted = await Seed(fronts[primary], headers[primary]).plant(
            self.administrator, aws=aws, region=primary, operator_function=apis[primary]["OperatorFunction"]
        )
        what = "registered an administrator and 25 users" if planted else "found the administrator"
        self._checklist.done(what, time.monotonic() - started)
        self.config: dict[str, Any] = {
            "admin": self.administrator,
            "origins": {
                region: {"url": str(fronts[region]), "headers": dict(headers[region])} for region in apis
            },
            "table": {
                "name": _output(found, "TableName"),
                "endpoint": emulator.url,
                "region": primary,
                "access_key": CREDENTIALS.access_key,
                "secret_key": CREDENTIALS.secret_key,
            },
        }
        await self._listen(emulator, distribution, location=primary)
        emulator.keep(True)

    def _fronts(self, emulator: Emulator, api_domains: Mapping[str, str]) -> Switch:
        taken = [self.port]
        regions = []
        for place, (region, domain) in enumerate(api_domains.items()):
            port = free_near(self.port + 1 + place, taken=taken)
            taken.append(port)
            front = Front(region, api_domain=domain, emulator=URL(emulator.url), port=port)
            regions.append(SwitchedRegion(region, ROLES[place], front))
        return Switch(regions)

    async def _listen(self, emulator: Emulator, distribution: Distribution, *, location: str) -> None:
        stores = KeyValueStores(URL(emulator.url), CREDENTIALS)
        self._closing.push_async_callback(stores.close)
        edge = Edge(
            distribution,
            origins=OriginClient(self._switch.locate, CREDENTIALS),
            read_store=stores.read,
            location=location,
        )
        self._closing.push_async_callback(edge.close)
        control = Control(self._switch, self.config)

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            return await (control if request.path.startswith(PREFIX) else edge).answer(request)

        runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=1)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        await web.SockSite(runner, self._claim, backlog=1024).start()


def _output(found: Outputs, key: str) -> str:
    """The value of an output that one stack has."""
    return next(values[key] for values in found.values() if key in values)


def _origin_headers(distribution: Distribution, api_domain: str) -> Mapping[str, str]:
    """What the distribution adds to requests for an API, the origin's secret among it."""
    return next(origin.headers for origin in distribution.origins.values() if origin.domain == api_domain)
