"""The edge against small origins: what CloudFront does with behaviours, functions, groups and failures."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from local.edge.distribution import Behaviour, Distribution, FunctionCode, Origin, OriginGroup
from local.edge.origin_client import OriginClient
from local.edge.policies import Forwarding, ResponseHeaders, Selection
from local.edge.server import Edge
from local.keys import Keys

EVERYTHING = Forwarding(
    headers=(Selection(all_but=True),), cookies=(Selection(all_but=True),), query=(Selection(all_but=True),)
)
NOTHING = Forwarding()
ALL_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"})
ROUTER = """
import cf from 'cloudfront';
async function handler(event) {
  const request = event.request;
  let first = 'a';
  try { if (await cf.kvs().get('drained') === 'a') first = 'b'; } catch (error) { }
  request.headers['x-location'] = { value: cf.edgeLocation.region };
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) {
    cf.createRequestOriginGroup({
      originIds: [{ originId: first }, { originId: first === 'a' ? 'b' : 'a' }],
      failoverCriteria: { statusCodes: [500, 502, 503, 504] }
    });
  } else {
    cf.selectRequestOriginById(first);
  }
  return request;
}
"""

KEYS = Keys()


class Recorder:
    """An origin that remembers what reached it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests: list[tuple[str, str, Mapping[str, str], bytes]] = []
        self.status = 200
        self.delay = 0.0
        self._runner: web.ServerRunner | None = None
        self.url = URL("http://127.0.0.1:1")

    async def start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = URL(f"http://127.0.0.1:{self._runner.addresses[0][1]}")

    async def stop(self) -> None:
        if self._runner:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        body = await request.content.read()
        self.requests.append((request.method, request.raw_path, request.headers, body))
        await asyncio.sleep(self.delay)
        response = web.Response(status=self.status, text=f"{self.name}:{len(body)}")
        response.headers["server"] = "origin"
        response.headers.add("set-cookie", "one=1; Path=/")
        response.headers.add("set-cookie", "two=2; Path=/")
        return response


class Setting:
    """Two origins behind an edge, and a client that is the viewer."""

    def __init__(self, distribution: Distribution, stored: dict[str, str] | None) -> None:
        self.a, self.b = Recorder("a"), Recorder("b")
        self.stored = stored
        self._distribution = distribution

    async def get(self, path: str = "/", **options: Any) -> tuple[int, str, Any]:
        return await self.ask("GET", path, **options)

    async def ask(self, method: str, path: str = "/", **options: Any) -> tuple[int, str, Any]:
        url = URL(f"{self._viewer_url}{path}", encoded=True)
        async with self._session.request(method, url, allow_redirects=False, **options) as answer:
            return answer.status, await answer.text(), answer.headers

    async def run(self, check: Callable[["Setting"], Awaitable[None]]) -> None:
        for origin in (self.a, self.b):
            await origin.start()

        def locate(domain: str) -> URL:
            return {"a": self.a.url, "b": self.b.url}[domain[0]]

        async def read_store(_: str) -> Mapping[str, str] | None:
            return self.stored

        client = OriginClient(locate, KEYS)
        edge = Edge(self._distribution, origins=client, read_store=read_store, location="eu-west-1")
        runner = web.ServerRunner(web.Server(edge.answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._viewer_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with aiohttp.ClientSession() as self._session:
                await check(self)
        finally:
            await runner.cleanup()
            await edge.close()
            for origin in (self.a, self.b):
                await origin.stop()


def any_origin(name: str, **changes: Any) -> Origin:
    values = {"id": name, "domain": f"{name}.s3.eu-west-1.amazonaws.com", "connection_attempts": 1}
    return Origin(**{**values, "connection_timeout": 0.5, "read_timeout": 0.3, **changes})


def any_behaviour(**changes: Any) -> Behaviour:
    values = {"pattern": "*", "target": "a", "methods": ALL_METHODS, "forwarding": EVERYTHING}
    return Behaviour(**{**values, "response_headers": ResponseHeaders(), **changes})


def viewed(
    check: Callable[[Setting], Awaitable[None]],
    *behaviours: Behaviour,
    stored: dict[str, str] | None = None,
    origin: Mapping[str, Any] | None = None,
) -> None:
    """Run a check against an edge of these behaviours."""
    distribution = Distribution(
        id="E1",
        domain="d1.cloudfront.net",
        origins={name: any_origin(name, **(origin or {})) for name in ("a", "b")},
        groups={"group": OriginGroup(members=("a", "b"), statuses=frozenset({403, 503, 504}))},
        behaviours=behaviours or (any_behaviour(),),
    )
    asyncio.run(Setting(distribution, stored).run(check))


def routed(**changes: Any) -> Behaviour:
    return any_behaviour(viewer_request=FunctionCode(name="router", code=ROUTER, store="arn"), **changes)


def should_pick_the_first_matching_behaviour() -> None:
    async def check(edge: Setting) -> None:
        assert (await edge.get("/api/v1/x"))[1].startswith("b")
        assert (await edge.get("/apis"))[1].startswith("a")

    viewed(check, any_behaviour(pattern="/api/*", target="b"), any_behaviour())


def should_send_the_origin_its_own_host_and_secret_and_never_the_viewers_version() -> None:
    async def check(edge: Setting) -> None:
        await edge.get("/p?x=%2F&y", headers={"x-origin-verify": "guess", "x-forwarded-for": "9.9.9.9"})
        method, path, headers, _ = edge.a.requests[0]
        assert (method, path) == ("GET", "/p?x=%2F&y")
        assert headers["host"] == "a.s3.eu-west-1.amazonaws.com"
        assert headers["x-origin-verify"] == "secret"
        assert headers["x-forwarded-for"] == "9.9.9.9, 127.0.0.1"

    viewed(check, origin={"headers": {"x-origin-verify": "secret"}})


def should_forward_only_what_the_policies_name() -> None:
    async def check(edge: Setting) -> None:
        await edge.get("/p?page=2&utm=3", headers={"accept": "text/html", "cookie": "session=1; ad=2"})
        _, path, headers, _ = edge.a.requests[0]
        assert path == "/p?page=2"
        assert headers["cookie"] == "session=1"
        assert "accept" not in headers
        assert headers["user-agent"] == "Amazon CloudFront"

    named = Forwarding(
        cookies=(Selection(frozenset({"session"})),), query=(Selection(), Selection(frozenset({"page"})))
    )
    viewed(check, any_behaviour(forwarding=named))


def should_sign_what_an_origin_access_control_covers() -> None:
    async def check(edge: Setting) -> None:
        await edge.get("/en/", headers={"authorization": "Bearer of-the-viewer"})
        authorization = edge.a.requests[0][2]["authorization"]
        assert authorization.startswith(f"AWS4-HMAC-SHA256 Credential={KEYS.access_key_id}/")
        assert "/eu-west-1/s3/aws4_request" in authorization

    viewed(check, origin={"signed": True})


def should_fail_a_read_over_when_the_first_origin_refuses_connections() -> None:
    async def check(edge: Setting) -> None:
        await edge.a.stop()
        assert (await edge.get())[:2] == (200, "b:0")

    viewed(check, routed())


def should_fail_a_read_over_when_the_first_origin_is_silent() -> None:
    async def check(edge: Setting) -> None:
        edge.a.delay = 1
        assert (await edge.get())[:2] == (200, "b:0")
        assert len(edge.a.requests) == 1

    viewed(check, routed())


def should_fail_a_read_over_on_a_listed_status_only() -> None:
    async def check(edge: Setting) -> None:
        edge.a.status = 502
        assert (await edge.get())[:2] == (200, "b:0")
        edge.a.status = 404
        assert (await edge.get())[:2] == (404, "a:0")

    viewed(check, routed())


def should_answer_with_the_second_origins_answer_when_both_fail() -> None:
    async def check(edge: Setting) -> None:
        edge.a.status, edge.b.status = 500, 503
        assert (await edge.get())[:2] == (503, "b:0")
        await edge.a.stop()
        await edge.b.stop()
        status, text, headers = await edge.get()
        assert status == 502
        assert text.startswith("<!DOCTYPE html>")
        assert headers["x-cache"] == "Error from cloudfront"

    viewed(check, routed())


def should_never_replay_a_write() -> None:
    async def check(edge: Setting) -> None:
        edge.a.status = 503
        assert (await edge.ask("POST", data=b"x"))[:2] == (503, "a:1")
        edge.a.delay = 1
        status, text, _ = await edge.ask("POST", data=b"x")
        assert (status, text[:15]) == (504, "<!DOCTYPE html>")
        await edge.a.stop()
        assert (await edge.ask("POST", data=b"x"))[0] == 502
        assert len(edge.a.requests) == 2
        assert edge.b.requests == []

    viewed(check, routed())


def should_fail_over_in_a_group_of_the_distribution_too_but_only_reads() -> None:
    async def check(edge: Setting) -> None:
        edge.a.status = 403
        assert (await edge.get())[:2] == (200, "b:0")
        assert (await edge.ask("PUT", data=b"x"))[:2] == (403, "a:1")

    viewed(check, any_behaviour(target="group"))


def should_read_the_key_value_store_at_each_request() -> None:
    async def check(edge: Setting) -> None:
        assert (await edge.ask("POST"))[1] == "a:0"
        edge.stored = {"drained": "a"}
        assert (await edge.ask("POST"))[1] == "b:0"
        edge.stored = None
        assert (await edge.ask("POST"))[1] == "a:0"
        assert edge.a.requests[0][2]["x-location"] == "eu-west-1"

    viewed(check, routed(), stored={})


def should_answer_503_when_the_function_throws() -> None:
    async def check(edge: Setting) -> None:
        status, _, headers = await edge.get()
        assert (status, headers["x-cache"]) == (503, "FunctionExecutionError from cloudfront")
        assert edge.a.requests == []

    code = "function handler(event) { return event.request.nothing.uri; }"
    viewed(check, any_behaviour(viewer_request=FunctionCode(name="broken", code=code)))


def should_answer_503_when_the_function_chooses_an_origin_that_is_not_there() -> None:
    async def check(edge: Setting) -> None:
        assert (await edge.get())[0] == 503

    code = """
      import cf from 'cloudfront';
      function handler(event) { cf.selectRequestOriginById('c'); return event.request; }
    """
    viewed(check, any_behaviour(viewer_request=FunctionCode(name="lost", code=code)))


def should_give_the_functions_own_answer_with_its_cookies() -> None:
    async def check(edge: Setting) -> None:
        status, text, headers = await edge.get("/?a=1&a=2", headers={"cookie": "c=3"})
        assert (status, text) == (302, "1,2 3")
        assert headers["location"] == "/en/"
        assert headers.getall("set-cookie") == ["seen=1; Path=/"]

    code = """function handler(event) {
      const { querystring, cookies, headers } = event.request;
      if (headers.cookie) throw new Error('cookies are apart');
      return {
        statusCode: 302, statusDescription: 'Found',
        headers: { location: { value: '/en/' } },
        cookies: { seen: { value: '1', attributes: 'Path=/' } },
        body: querystring.a.multiValue.map((each) => each.value) + ' ' + cookies.c.value
      };
    }"""
    viewed(check, any_behaviour(viewer_request=FunctionCode(name="redirect", code=code)))


def should_send_what_the_function_made_of_the_request() -> None:
    async def check(edge: Setting) -> None:
        await edge.get("/en/?q=%E4%B8%AD", headers={"x-old": "1"})
        _, path, headers, _ = edge.a.requests[0]
        assert path == "/en/index.html?q=%E4%B8%AD"
        assert "x-old" not in headers

    code = """function handler(event) {
      event.request.uri += 'index.html';
      delete event.request.headers['x-old'];
      return event.request;
    }"""
    viewed(check, any_behaviour(viewer_request=FunctionCode(name="rewrite", code=code)))


def should_keep_every_cookie_of_an_answer() -> None:
    async def check(edge: Setting) -> None:
        assert (await edge.get())[2].getall("set-cookie") == ["one=1; Path=/", "two=2; Path=/"]

    viewed(check)


def should_apply_the_response_headers_policy() -> None:
    async def check(edge: Setting) -> None:
        headers = (await edge.get())[2]
        assert headers.getall("content-security-policy") == ["default-src 'none'"]
        assert headers["strict-transport-security"] == "max-age=60; includeSubDomains"
        assert headers["content-type"].startswith("text/plain")
        assert "server" not in headers or headers["server"] != "origin"

    policy = ResponseHeaders.of(
        {
            "SecurityHeadersConfig": {
                "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": "default-src 'none'"},
                "StrictTransportSecurity": {
                    "Override": True,
                    "AccessControlMaxAgeSec": 60,
                    "IncludeSubdomains": True,
                    "Preload": False,
                },
            },
            "CustomHeadersConfig": {
                "Quantity": 1,
                "Items": [{"Header": "Content-Type", "Value": "text/css", "Override": False}],
            },
            "RemoveHeadersConfig": {"Quantity": 1, "Items": [{"Header": "Server"}]},
        }
    )
    viewed(check, any_behaviour(response_headers=policy))


def should_refuse_methods_that_the_behaviour_does_not_allow_as_cloudfront_does() -> None:
    async def check(edge: Setting) -> None:
        assert (await edge.ask("POST", data=b"x"))[0] == 403
        assert (await edge.ask("PROPFIND"))[0] == 403
        assert edge.a.requests == []

    viewed(check, any_behaviour(methods=frozenset({"GET", "HEAD"})))


def should_answer_head_without_a_body_but_with_its_length() -> None:
    async def check(edge: Setting) -> None:
        status, text, headers = await edge.ask("HEAD")
        assert (status, text, headers["content-length"]) == (200, "", "3")

    viewed(check)


def should_carry_bodies_of_megabytes() -> None:
    async def check(edge: Setting) -> None:
        assert (await edge.ask("POST", data=b"x" * 3_000_000))[1] == "a:3000000"

    viewed(check)
