"""The region switch and the fronts that it opens and closes, before a small stand-in for the emulator."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from local.control import Control
from local.keys import Keys
from local.mailbox import Mailbox
from local.switch import SecondRegionDownError, Switch, UnknownRegionError, UnknownStateError
from tests.local.switched import StandIn, api_of, bucket_of, switched


def should_reach_the_regions_api_by_its_address_alone() -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, _: StandIn) -> None:
        url = URL(f"{switch.regions['eu-central-1'].front.url}/api/v1/users?q=%2F", encoded=True)
        async with session.post(url, data=b"12345") as answer:
            assert await answer.json() == {
                "path": "/_aws/execute-api/abcd1234/$default/api/v1/users?q=%2F",
                "length": 5,
            }
            assert answer.headers["apigw-requestid"] == "1"

    switched(check)


def should_serve_a_bucket_of_the_region_only_to_who_signs() -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, _: StandIn) -> None:
        url = switch.locate(bucket_of("eu-west-1")) / "en/index.html"
        signed = {"host": bucket_of("eu-west-1"), "authorization": "AWS4-HMAC-SHA256 Credential=key/…"}
        async with session.get(url, headers=signed) as answer:
            assert (answer.status, (await answer.json())["path"]) == (200, "/site/en/index.html")
        async with session.get(url, headers={"host": bucket_of("eu-west-1")}) as answer:
            assert answer.status == 403

    switched(check)


def should_not_serve_what_belongs_to_another_region() -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, _: StandIn) -> None:
        url = switch.regions["eu-west-1"].front.url
        async with session.get(url, headers={"host": api_of("eu-central-1")}) as answer:
            assert answer.status == 403

    switched(check)


def should_refuse_connections_in_a_region_that_refuses_and_serve_again_when_up() -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, _: StandIn) -> None:
        url = switch.regions["eu-west-1"].front.url
        async with session.get(url) as answer:
            assert answer.status == 200
        await switch.put("eu-west-1", "refuse")
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url)
        async with session.get(switch.regions["eu-central-1"].front.url) as answer:
            assert answer.status == 200
        await switch.put("eu-west-1", "up")
        async with session.get(url) as answer:
            assert answer.status == 200

    switched(check)


def should_drop_a_connection_that_was_open_when_the_region_went_down() -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, _: StandIn) -> None:
        front = switch.regions["eu-west-1"].front
        reader, writer = await asyncio.open_connection("127.0.0.1", front.url.port)
        writer.write(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{front.url.port}\r\n\r\n".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await switch.put("eu-west-1", "refuse")
        await asyncio.wait_for(reader.read(), 2)
        assert reader.at_eof()
        writer.close()

    switched(check)


def should_let_only_one_region_be_down() -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, _: StandIn) -> None:
        await switch.put("eu-west-1", "refuse")
        await switch.put("eu-west-1", "refuse")
        with pytest.raises(SecondRegionDownError, match="eu-west-1 is down already"):
            await switch.put("eu-central-1", "refuse")
        await switch.put("eu-central-1", "up")

    switched(check)


def should_end_in_a_known_state_however_many_switch_at_once() -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, _: StandIn) -> None:
        wanted = ["refuse", "up"] * 6
        await asyncio.gather(*(switch.put("eu-west-1", state) for state in wanted))
        await asyncio.gather(*(switch.put("eu-west-1", "up") for _ in range(6)))
        async with session.get(switch.regions["eu-west-1"].front.url) as answer:
            assert answer.status < 500

        await switch.put("eu-west-1", "refuse")
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(switch.regions["eu-west-1"].front.url)

    switched(check)


def should_say_which_regions_and_states_there_are() -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, _: StandIn) -> None:
        with pytest.raises(UnknownRegionError, match="eu-west-1, eu-central-1"):
            await switch.put("us-east-1", "up")
        with pytest.raises(UnknownStateError, match="up, refuse"):
            await switch.put("eu-west-1", "sleepy")

    switched(check)


async def nothing() -> dict[str, int]:
    return {"notices": 0, "uploads": 0, "due": 0}


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "regions", None, 200),
        ("PUT", "regions/eu-west-1", '{"state": "refuse"}', 200),
        ("PUT", "regions/eu-central-1", '{"state": "refuse"}', 409),
        ("PUT", "regions/nowhere", '{"state": "refuse"}', 404),
        ("PUT", "regions/eu-west-1", '{"state": "sleepy"}', 422),
        ("PUT", "regions/eu-west-1", '{"state": "refuse", "after": "write"}', 200),
        ("PUT", "regions/eu-west-1", '{"state": "refuse", "after": "lunch"}', 422),
        ("PUT", "regions/eu-west-1", "[]", 400),
        ("PUT", "regions/eu-west-1", "refuse", 400),
        ("PUT", "regions/eu-west-1", "[" * 100_000, 400),
        ("DELETE", "regions", None, 405),
        ("GET", "config", None, 200),
        ("GET", "pending", None, 200),
        ("DELETE", "mail", None, 405),
        ("POST", "pending", None, 405),
        ("GET", "nothing", None, 404),
    ],
)
def should_answer_local_calls(method: str, path: str, body: str | None, expected: int) -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, _: StandIn) -> None:
        if expected == 409:
            await switch.put("eu-west-1", "refuse")
        nowhere = Mailbox(URL("http://127.0.0.1:9"), Keys(), deployed_page="", page="")
        control = Control(switch, {"admin": {}}, mailbox=nowhere, pending=nothing)
        runner = web.ServerRunner(web.Server(control.answer))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://localhost:{runner.addresses[0][1]}/_local/{path}"
        try:
            async with session.request(method, url, data=body) as answer:
                assert answer.status == expected
        finally:
            await runner.cleanup()

    switched(check)
