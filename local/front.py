"""One region's public side: its HTTP API and its buckets, on a port of its own.

The emulator serves all regions on one port and cannot lose one; a front can. What it has begun to execute
when its state changes is executed to the end, and the answer is lost: so a region dies between a write and
its answer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp
from aiohttp import web
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from multidict import CIMultiDict
from yarl import URL

from local import buckets
from local.aws import credentials
from local.edge.distribution import READS
from local.edge.origin_client import HOP_BY_HOP, region_of
from local.keys import INTERNAL_HEADER, Keys
from local.port_guard import is_internal, refusal
from local.states import State

log = logging.getLogger(__name__)

LARGEST_BODY: Final = 10 * 1024 * 1024
"""Bytes that an HTTP API takes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""

EMULATOR_ONLY: Final = (
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
)
"""The emulator lets every site read everything; no bucket or API of ours does."""

PAGE: Final = frozenset({"origin", "referer"})
FETCH: Final = "sec-fetch-"
"""What a browser says of the page that sends a form: for the bucket's rules here, not for the emulator."""

Death = Callable[[], Awaitable[None]]


class Front:
    """Passes requests for a region's domains on to the emulator, as far as the region's state lets it."""

    def __init__(self, region: str, *, api_domain: str, emulator: URL, keys: Keys, port: int) -> None:
        """`port` is where it listens on loopback; `api_domain` is the API that a request by address means."""
        self.region = region
        self._api_domain = api_domain
        self._emulator = emulator
        self._keys = keys
        self._port = port
        self._runner: web.ServerRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._state = State(listens=False)
        self._change: asyncio.Future[State] | None = None
        self._executing: set[asyncio.Task[web.Response]] = set()
        self._death: Death | None = None

    @property
    def url(self) -> URL:
        """Where the region is reached on this machine."""
        return URL.build(scheme="http", host="127.0.0.1", port=self._port)

    async def be(self, state: State) -> None:
        """Behave so from now on, also towards the requests that are under way."""
        change, self._change = self._change, asyncio.get_running_loop().create_future()
        self._state = state
        self._death = None
        if change is not None:
            change.set_result(state)
        if not state.listens:
            await self._hang_up()
        elif self._runner is None:
            await self._listen()

    def die_after_a_write(self, death: Death | None) -> None:
        """Let `death`, which changes the state, happen between the next write and its answer; None: not."""
        self._death = death

    async def _listen(self) -> None:
        server = web.Server(self._answer, handler_cancellation=True, access_log=None, auto_decompress=False)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=1024, reuse_address=True).start()

    async def _hang_up(self) -> None:
        """Stop listening and drop every connection: the next one is refused."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def close(self) -> None:
        """Stop listening for good."""
        await self._hang_up()
        for task in self._executing:
            task.cancel()
        await asyncio.gather(*self._executing, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        internal = is_internal(request, self._keys)
        public = not internal and buckets.is_public(request)
        if not internal and (refused := refusal(request, self._port, from_any_page=public)):
            return refused
        body = await request.content.read()
        domain = self._domain(request)
        state, change = self._state, self._change
        if state.executes:
            executing = self._begin(request, domain, body)
            if state.reply is None and change is not None:
                awaited: set[asyncio.Future[Any]] = {executing, change}
                await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
                if not change.done():
                    return executing.result()
                state = change.result()
        assert state.reply is not None
        return await state.reply(request, "bucket" if _is_bucket(domain) else "api")

    def _begin(self, request: web.BaseRequest, domain: str, body: bytes) -> "asyncio.Task[web.Response]":
        """Execute a request whatever becomes of the caller, of his connection, or of the region."""
        death = None
        if request.method not in READS:
            death, self._death = self._death, None

        async def execute() -> web.Response:
            answer = await self._execute(request, domain, body)
            if death is not None:
                await death()
            return answer

        executing = asyncio.create_task(execute())
        self._executing.add(executing)
        executing.add_done_callback(self._executing.discard)
        return executing

    def _domain(self, request: web.BaseRequest) -> str:
        host = request.headers.get("host", "")
        if host.endswith(".amazonaws.com"):
            return host
        if buckets.is_public(request):
            return f"{request.path.split('/')[1]}.s3.{self.region}.amazonaws.com"
        return self._api_domain

    async def _execute(self, request: web.BaseRequest, domain: str, body: bytes) -> web.Response:
        """Let the emulator answer, as the region's API or one of its buckets."""
        if region_of(domain) != self.region:
            return web.json_response({"message": "Forbidden"}, status=403)
        if len(body) > LARGEST_BODY and not _is_bucket(domain):
            return web.json_response({"message": "Request Entity Too Large"}, status=413)
        headers = CIMultiDict(request.headers)
        for name in (*HOP_BY_HOP, "content-length", INTERNAL_HEADER):
            headers.popall(name, None)
        host = headers.popall("host", [""])[0]
        if _is_bucket(domain) and host != domain:
            return await self._execute_publicly(request, headers, domain.partition(".s3.")[0], body)
        if _is_bucket(domain):
            if not headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
                return _access_denied()
            path = f"/{domain.partition('.s3.')[0]}{request.raw_path}"
        else:
            path = f"/_aws/execute-api/{domain.partition('.')[0]}/$default{request.raw_path}"
            headers["x-forwarded-proto"] = "https"
            headers["x-forwarded-port"] = "443"
        return await self._forward(request, path, headers, body)

    async def _execute_publicly(
        self, request: web.BaseRequest, headers: CIMultiDict[str], bucket: str, body: bytes
    ) -> web.Response:
        """Let a browser do with a bucket what somebody has signed, if the bucket lets its page do so."""
        cors: Mapping[str, str] | None = {}
        if "origin" in request.headers:
            rules = await self._forward(request, *self._question(f"/{bucket}?cors"), b"", method="GET")
            cors = buckets.allowed(bytes(rules.body), request) if rules.status == 200 else None  # type: ignore[arg-type]
        if cors is None:
            return _access_denied()
        if request.method == "OPTIONS":
            return web.Response(headers=cors)
        if not buckets.is_signed(request, body):
            answer = _access_denied()
        else:
            # The address that a link is signed for.
            headers["host"] = request.headers["host"]
            for name in [name for name in headers if name.lower() in PAGE or name.lower().startswith(FETCH)]:
                headers.popall(name, None)
            answer = await self._forward(request, request.raw_path, headers, body)
        if answer.status == 200:
            # A link says under which name and as what the file is saved; the emulator ignores that.
            for name, value in request.query.items():
                if name.startswith("response-"):
                    answer.headers[name.removeprefix("response-")] = value
        answer.headers.update(cors)
        return answer

    def _question(self, path: str) -> tuple[str, CIMultiDict[str]]:
        """Return a path with the headers by which the account's root asks for it."""
        signed = AWSRequest("GET", f"{str(self._emulator).rstrip('/')}{path}")
        S3SigV4Auth(credentials(self._keys), "s3", self.region).add_auth(signed)
        return path, CIMultiDict(signed.headers.items())

    async def _forward(
        self,
        request: web.BaseRequest,
        path: str,
        headers: CIMultiDict[str],
        body: bytes,
        *,
        method: str | None = None,
    ) -> web.Response:
        url = URL(f"{str(self._emulator).rstrip('/')}{path}", encoded=True)
        headers[INTERNAL_HEADER] = self._keys.internal
        try:
            async with self._client.request(
                method or request.method, url, headers=headers, data=body or None, allow_redirects=False
            ) as answer:
                payload = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            log.error("%s %s: %r", self.region, request.method, error)
            return web.json_response({"message": "Service Unavailable"}, status=503)
        passed = CIMultiDict(answer.headers)
        for name in (*HOP_BY_HOP, "date", "server", *EMULATOR_ONLY):
            passed.popall(name, None)
        if request.method != "HEAD":
            passed.popall("content-length", None)
        return web.Response(status=answer.status, headers=passed, body=payload or None)

    @property
    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Sooner than the emulator closes idle connections: a write must never meet a closed one.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("accept", "accept-encoding", "user-agent", "content-type"),
                timeout=aiohttp.ClientTimeout(total=30),
            )
        return self._session


def _is_bucket(domain: str) -> bool:
    return ".s3." in domain


def _access_denied() -> web.Response:
    """What a private bucket says to whoever has not signed."""
    text = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    return web.Response(status=403, text=text, content_type="application/xml")
