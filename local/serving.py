"""What listens: a front per region, and the edge before them on the page's port."""

import asyncio
import contextlib
import socket
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web
from yarl import URL

from local.addresses import reachable
from local.aws import Aws
from local.control import PREFIX, Control
from local.deployed import Deployed
from local.edge.distribution import Distribution
from local.edge.key_value_store import KeyValueStores
from local.edge.origin_client import OriginClient
from local.edge.server import Edge
from local.emulator_process import ACCOUNT, Emulator
from local.front import Front
from local.mailbox import Mailbox
from local.operating import pending
from local.port_guard import refusal
from local.ports import free_near
from local.states import STATES, UP
from local.switch import Switch, SwitchedRegion

ROLES = ("primary", "secondary")


class Serving:
    """Puts what is deployed in the emulator on ports of its own."""

    def __init__(
        self, emulator: Emulator, claim: socket.socket, deployed: Deployed, distribution: Distribution
    ) -> None:
        """`claim` is the bound socket of the page's port."""
        self._emulator = URL(emulator.url)
        self._keys = emulator.keys
        self._claim = claim
        self._deployed = deployed
        self._distribution = distribution
        self._closing = contextlib.AsyncExitStack()
        self._page_port = port = int(claim.getsockname()[1])
        taken = [port]
        regions = []
        for place, api in enumerate(deployed.apis):
            taken.append(free_near(port + 1 + place, taken=taken))
            front = Front(
                api.region, api_domain=api.domain, emulator=self._emulator, keys=self._keys, port=taken[-1]
            )
            regions.append(SwitchedRegion(api.region, ROLES[place], front))
        self._switch = Switch(regions, changed=partial(_tell, emulator))

    @property
    def regions(self) -> list[SwitchedRegion]:
        """The regions, the primary first."""
        return list(self._switch.regions.values())

    @property
    def origins(self) -> dict[str, tuple[URL, Mapping[str, str]]]:
        """Region → where its API is, and the headers that the distribution adds to requests for it."""
        return {
            api.region: (self._switch.regions[api.region].front.url, self._added_headers(api.domain))
            for api in self._deployed.apis
        }

    @property
    def ports(self) -> list[int]:
        """Every port that is open: the page's, the Regions', the emulator's."""
        urls = [*(region.front.url for region in self.regions), self._emulator]
        return [self._page_port, *(url.port for url in urls if url.port is not None)]

    def config(self, administrator: Mapping[str, str]) -> dict[str, Any]:
        """What `/_local/config` answers."""
        return {
            "admin": dict(administrator),
            "origins": {
                region: {"url": str(url), "headers": dict(headers)}
                for region, (url, headers) in self.origins.items()
            },
            "table": {
                "name": self._deployed.table,
                "region": self._deployed.primary.region,
                "endpoint": str(self._emulator),
                "access_key": self._keys.access_key_id,
                "secret_key": self._keys.secret_access_key,
            },
            "aws": {
                "endpoint": str(self._emulator),
                "access_key_id": self._keys.access_key_id,
                "secret_access_key": self._keys.secret_access_key,
                "account": ACCOUNT,
            },
            "ports": self.ports,
        }

    async def open_fronts(self) -> None:
        """Let every region answer."""
        self._closing.push_async_callback(self._switch.stop)
        await self._switch.start()

    async def open_edge(self, administrator: Mapping[str, str], aws: Aws) -> None:
        """Let the page's port answer."""
        stores = KeyValueStores(self._emulator, self._keys)
        self._closing.push_async_callback(stores.close)
        fronts = {region.name: str(region.front.url).rstrip("/") for region in self.regions}
        edge = Edge(
            self._distribution,
            origins=OriginClient(self._switch.locate, self._keys),
            read_store=stores.read,
            location=self._deployed.primary.region,
            reachable=partial(reachable, fronts=fronts),
        )
        self._closing.push_async_callback(edge.close)
        mailbox = Mailbox(
            self._emulator,
            self._keys,
            deployed_page=self._deployed.page,
            page=f"http://localhost:{self._page_port}",
        )
        control = Control(
            self._switch,
            self.config(administrator),
            mailbox=mailbox,
            pending=partial(_pending, aws, self._deployed, self._switch),
        )

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            is_control = request.path.startswith(PREFIX)
            if refused := refusal(request, self._page_port, from_any_page=not is_control):
                return refused
            return await (control if is_control else edge).answer(request)

        runner = web.ServerRunner(
            web.Server(answer, access_log=None, auto_decompress=False), shutdown_timeout=1
        )
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        await web.SockSite(runner, self._claim, backlog=1024).start()

    async def close(self) -> None:
        """Stop listening."""
        await self._closing.aclose()

    def _added_headers(self, domain: str) -> Mapping[str, str]:
        return next(each.headers for each in self._distribution.origins.values() if each.domain == domain)


def _tell(emulator: Emulator, regions: Sequence[SwitchedRegion]) -> None:
    emulator.tell_regions(
        {region.name: str(region.front.url) for region in regions},
        up={region.name for region in regions if STATES[region.state].executes},
        mute={region.name for region in regions if STATES[region.state].reply},
    )


async def _pending(aws: Aws, deployed: Deployed, switch: Switch) -> dict[str, int]:
    """What the operator function of a region that is up tells of what waits."""
    api = next(each for each in deployed.apis if switch.regions[each.region].state == UP)
    return await asyncio.to_thread(pending, aws, api.region, api.operator_function)
