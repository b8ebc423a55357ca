"""Two regions behind a switch, before a small stand-in for the emulator."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
from aiohttp import web
from yarl import URL

from local.front import Front
from local.keys import INTERNAL_HEADER, Keys
from local.ports import free_near
from local.switch import Switch, SwitchedRegion

PRIMARY, SECONDARY = "eu-west-1", "eu-central-1"
REGIONS = {PRIMARY: "primary", SECONDARY: "secondary"}


def api_of(region: str) -> str:
    return f"abcd1234.execute-api.{region}.amazonaws.com"


def bucket_of(region: str) -> str:
    return f"site.s3.{region}.amazonaws.com"


KEYS = Keys()


class StandIn:
    """Says what it was asked, and remembers it; while `gate` is closed nothing that it executes ends."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.executed: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.begun.append(request.method)
        body = await request.content.read()
        await self.gate.wait()
        self.executed.append(request.method)
        return web.json_response(
            {"path": request.raw_path, "length": len(body)}, headers={"apigw-requestid": "1"}
        )


Check = Callable[[Switch, aiohttp.ClientSession, StandIn], Awaitable[None]]


def switched(check: Check, *, changed: Callable[[Sequence[SwitchedRegion]], None] = lambda _: None) -> None:
    """Run a check with both regions up."""

    async def run() -> None:
        stand_in = StandIn()
        emulator = web.ServerRunner(web.Server(stand_in.answer))
        await emulator.setup()
        await web.TCPSite(emulator, "127.0.0.1", 0).start()
        url = URL(f"http://127.0.0.1:{emulator.addresses[0][1]}")
        switch = Switch(
            [
                SwitchedRegion(
                    name, role, Front(name, api_domain=api_of(name), emulator=url, keys=KEYS, port=_port())
                )
                for name, role in REGIONS.items()
            ],
            changed=changed,
        )
        await switch.start()
        try:
            async with aiohttp.ClientSession(headers={INTERNAL_HEADER: KEYS.internal}) as session:
                await check(switch, session, stand_in)
        finally:
            stand_in.gate.set()
            await switch.stop()
            await emulator.cleanup()

    asyncio.run(run())


def _port() -> int:
    # Below those that the system gives to whoever asks for any: between two listenings it must stay free.
    return free_near(random.randint(20_000, 30_000), taken=[])


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, however busy the machine is."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)
