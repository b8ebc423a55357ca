"""What a drill puts back, and says, when something goes wrong that it did not plan."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import cast

import pytest

from tests.drills.drilling import step
from tests.drills.pretended import ADMIN, People, Reply, Switches, any_drill
from tests.ops.world import EAST, WEST, World, served
from twinhull.ops.drill import run
from twinhull.ops.drill.run import Drill, cores
from twinhull.ops.trouble import TroubleError

LOST = (step("lost", 0.05, EAST, "error"), step("back", 0.05, EAST))


@pytest.fixture
def world() -> Iterator[World]:
    with served() as world:
        yield world


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> People:
    """Those whom every drill asks, at once."""
    people = People()
    nothing = SimpleNamespace(
        TCPConnector=lambda **_: None, DummyCookieJar=lambda: None, ClientSession=lambda **_: people
    )
    monkeypatch.setattr(run, "aiohttp", nothing)
    monkeypatch.setattr(run, "SETTLES", 0)
    monkeypatch.setattr("twinhull.ops.drill.load.LOOKS", 0.001)
    return people


def done(drill: Drill) -> list[str]:
    return cast(Switches, drill.switches).done


def should_do_each_step_and_read_back_what_was_acknowledged(world: World, people: People) -> None:
    drill = any_drill(world, *LOST, step("evacuated", 0.05, WEST), step("back", 0.05, WEST))
    result = asyncio.run(drill.run())
    assert [phase.step.kind for phase in result.phases] == ["lost", "back", "evacuated", "back"]
    totals = result.document["totals"]
    assert (totals["lost"], totals["doubled"], totals["duplicates"]) == (0, 0, 0)
    assert totals["acknowledged"] > 0
    assert done(drill)[0] == f"lose {EAST}"
    assert done(drill)[-1] == "put back"
    assert world.store.drained is None
    assert all("deleted_at" in user for user in people.users.values())


def should_run_where_signals_cannot_be_handled(world: World, people: People) -> None:
    drill = any_drill(world, *LOST)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: asyncio.run(drill.run())).result().phases


def should_put_back_when_a_region_does_not_serve_again(
    world: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "RETURNS", 0.3)
    drill = any_drill(world, *LOST)
    monkeypatch.setattr(Switches, "put_back", lambda self, _: self.done.append("put back in vain"))
    with pytest.raises(TroubleError, match=f"{EAST} does not serve again \\(503"):
        asyncio.run(drill.run())
    assert done(drill) == [f"lose {EAST}", *["put back in vain"] * 2]


def should_put_back_and_end_at_once_when_the_load_ends_by_a_fault(
    world: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = any_drill(world, step("lost", 600, EAST, "error"), step("back", 600, EAST))
    answer = people._answer

    def nonsense(method: str, path: str, *sent: object) -> object:
        is_lost = world.status[EAST] == 503
        return answer(method, path if not is_lost else "/sessions", *sent)  # type: ignore[arg-type]

    monkeypatch.setattr(people, "_answer", nonsense)
    with pytest.raises(ExceptionGroup):
        asyncio.run(drill.run())
    assert done(drill) == [f"lose {EAST}", "put back"]


def should_say_that_the_administrator_is_refused_while_it_warms_up(
    world: World, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = people._answer

    def refuse(method: str, path: str, body: object, headers: Mapping[str, str]) -> Reply:
        is_late = path == "/sessions" and body == ADMIN and bool(people.users)
        return Reply(401) if is_late else answer(method, path, body, headers)

    monkeypatch.setattr(people, "_answer", refuse)
    drill = any_drill(world, *LOST, warm_up=60)
    with pytest.raises(TroubleError, match="The administrator cannot log in"):
        asyncio.run(drill.run())
    assert done(drill) == []


def should_count_cores_where_no_affinity_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cores() == len(os.sched_getaffinity(0))
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert cores() == 3
