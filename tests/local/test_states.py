"""What a region does in each of its states, for its API and for its buckets' public side."""

import asyncio
from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest

from local.front import Front
from local.states import STATES, UP
from local.switch import Switch, SwitchedRegion
from tests.local.switched import PRIMARY, SECONDARY, StandIn, api_of, bucket_of, switched, until

DOWN = [state for state in STATES if state != UP]
SILENT = ["blackhole", "mute"]
SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=key/…"}
HOSTS = {"api": api_of(PRIMARY), "bucket": bucket_of(PRIMARY)}
SAID = {
    ("error", "api"): (503, '{"message": "Service Unavailable"}'),
    ("error", "bucket"): (503, "<Code>ServiceUnavailable</Code>"),
    ("throttle", "api"): (429, '{"message": "Too Many Requests"}'),
    ("throttle", "bucket"): (503, "<Code>SlowDown</Code>"),
}


def ask(session: aiohttp.ClientSession, front: Front, service: str, method: str = "POST") -> Any:
    headers = {"host": HOSTS[service], **SIGNED}
    return session.request(method, f"{front.url}/any", headers=headers, timeout=aiohttp.ClientTimeout(20))


async def outcome(asking: Any) -> tuple[int, str]:
    """Status and body; 0 when the connection was dropped."""
    try:
        async with asking as answer:
            return answer.status, await answer.text()
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        return 0, ""


def should_know_all_states() -> None:
    assert list(STATES) == ["up", "refuse", "error", "throttle", "blackhole", "mute"]


@pytest.mark.parametrize(("state", "service"), SAID)
def should_answer_at_once_without_executing(state: str, service: str) -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, emulator: StandIn) -> None:
        front = (await switch.put(PRIMARY, state)).front
        for method in ("GET", "POST"):
            status, text = await outcome(ask(session, front, service, method))
            assert (status, SAID[state, service][1] in text) == (SAID[state, service][0], True)
            assert '"code"' not in text
        assert emulator.begun == []

    switched(check)


@pytest.mark.parametrize("service", HOSTS)
@pytest.mark.parametrize(("state", "executed"), [("blackhole", []), ("mute", ["POST"])])
def should_accept_and_never_answer(state: str, executed: list[str], service: str) -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, emulator: StandIn) -> None:
        front = (await switch.put(PRIMARY, state)).front
        asking = asyncio.create_task(outcome(ask(session, front, service)))
        await until(lambda: emulator.executed == executed)
        done, _ = await asyncio.wait({asking}, timeout=0.3)
        assert not done
        assert emulator.begun == executed
        # What was not answered then is not answered later either.
        await switch.put(PRIMARY, UP)
        done, _ = await asyncio.wait({asking}, timeout=0.1)
        assert not done
        assert (await outcome(ask(session, front, service)))[0] == 200
        asking.cancel()

    switched(check)


@pytest.mark.parametrize("state", DOWN)
def should_lose_the_answer_of_what_is_under_way_and_still_execute_it(state: str) -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, emulator: StandIn) -> None:
        emulator.gate.clear()
        front = switch.regions[PRIMARY].front
        asking = asyncio.create_task(outcome(ask(session, front, "api")))
        await until(lambda: emulator.begun == ["POST"])
        await switch.put(PRIMARY, state)
        emulator.gate.set()
        await until(lambda: emulator.executed == ["POST"])
        done, _ = await asyncio.wait({asking}, timeout=0.2 if state in SILENT else 10)
        if state in SILENT:
            assert not done
            asking.cancel()
        else:
            assert asking.result()[0] == SAID.get((state, "api"), (0,))[0]

    switched(check)


@pytest.mark.parametrize("state", DOWN)
def should_die_between_the_next_write_and_its_answer(state: str) -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, emulator: StandIn) -> None:
        region = await switch.put(PRIMARY, state, after_a_write=True)
        assert region.state == UP
        assert (await outcome(ask(session, region.front, "api", "GET")))[0] == 200
        asking = asyncio.create_task(outcome(ask(session, region.front, "api")))
        await until(lambda: region.state == state)
        assert emulator.executed == ["GET", "POST"]
        if state in SILENT:
            done, _ = await asyncio.wait({asking}, timeout=0.2)
            assert not done
            asking.cancel()
        else:
            assert (await asking)[0] == SAID.get((state, "api"), (0,))[0]

    switched(check)


def should_not_die_after_a_write_when_it_was_put_up_meanwhile() -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, emulator: StandIn) -> None:
        region = await switch.put(PRIMARY, "refuse", after_a_write=True)
        await switch.put(PRIMARY, UP)
        assert (await outcome(ask(session, region.front, "api")))[0] == 200
        assert region.state == UP

    switched(check)


def should_not_die_after_a_write_when_the_other_region_is_down_by_then() -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, emulator: StandIn) -> None:
        region = await switch.put(PRIMARY, "refuse", after_a_write=True)
        await switch.put(SECONDARY, "refuse")
        assert (await outcome(ask(session, region.front, "api")))[0] == 200
        assert region.state == UP

    switched(check)


@pytest.mark.parametrize("state", DOWN)
def should_go_on_executing_for_a_caller_who_left(state: str) -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, emulator: StandIn) -> None:
        emulator.gate.clear()
        asking = asyncio.create_task(outcome(ask(session, switch.regions[PRIMARY].front, "api")))
        await until(lambda: emulator.begun == ["POST"])
        asking.cancel()
        await switch.put(PRIMARY, state)
        emulator.gate.set()
        await until(lambda: emulator.executed == ["POST"])

    switched(check)


@pytest.mark.parametrize("state", DOWN)
def should_change_from_any_state_to_any_other(state: str) -> None:
    async def check(switch: Switch, session: aiohttp.ClientSession, emulator: StandIn) -> None:
        for other in STATES:
            await switch.put(PRIMARY, state)
            region = await switch.put(PRIMARY, other)
            assert region.state == other
        await switch.put(PRIMARY, UP)
        assert (await outcome(ask(session, region.front, "api")))[0] == 200

    switched(check)


@pytest.mark.parametrize(("state", "works"), [(state, state in {"up", "mute"}) for state in STATES])
def should_tell_which_regions_go_on_by_themselves(state: str, works: bool) -> None:
    told: list[dict[str, bool]] = []

    def changed(regions: Sequence[SwitchedRegion]) -> None:
        told.append({each.name: STATES[each.state].executes for each in regions})

    async def check(switch: Switch, session: aiohttp.ClientSession, emulator: StandIn) -> None:
        await switch.put(PRIMARY, state)

    switched(check, changed=changed)
    assert told[-1] == {PRIMARY: works, SECONDARY: True}
