"""The load goes on whatever fails, and takes nothing for acknowledged that was not."""

import asyncio
from collections.abc import Callable

import pytest

from tests.drills.pretended import ADMIN, People, any_load, client
from twinhull.ops.drill import reading, sender
from twinhull.ops.drill.judge import judge
from twinhull.ops.drill.load import Load
from twinhull.ops.drill.reading import delete_all, read_back
from twinhull.ops.drill.sender import Sender
from twinhull.ops.trouble import TroubleError


@pytest.fixture
def people() -> People:
    return People()


def loaded(load: Load, until: Callable[[], bool]) -> None:
    """Load until it has come so far."""

    async def scene() -> None:
        going = asyncio.create_task(load.go())
        while not until() and not going.done():
            await asyncio.sleep(0.001)
        load.stop()
        await going

    asyncio.run(asyncio.wait_for(scene(), 30))


def failing(*requests: str, times: int) -> Callable[[str, str], int | None]:
    """Requests that fail so often, each write with its retry."""
    left = dict.fromkeys(requests, times)

    def fails(method: str, path: str) -> int | None:
        for request in requests:
            of, begins, ends = request.split()
            if method == of and path.startswith(begins) and path.endswith(ends) and left[request]:
                left[request] -= 1
                return 503
        return None

    return fails


def is_as_acknowledged(load: Load, people: People) -> bool:
    readings = asyncio.run(read_back(client(people), load.ledger.ids))
    return judge(load.ledger, {"any": readings}).findings == ()


def should_do_all_that_people_do(people: People) -> None:
    load = any_load(people)
    loaded(load, lambda: people.sent["GET /users?limit=10"] >= 6 and len(people.users) > 1)
    first, *_ = people.history.values()
    assert first[-2:] == ["deleted", "restored"]
    assert (first.count("profile-edited"), first.count("role-changed")) == (6, 6)
    assert all(call.ok for call in load.sender.calls)
    assert is_as_acknowledged(load, people)


@pytest.mark.parametrize(
    "lost", ["POST /users users", "POST /sessions sessions", "PATCH /users/me me", "DELETE /users/ 0"]
)
def should_go_on_with_somebody_else_after_a_write_of_which_nobody_knows(people: People, lost: str) -> None:
    load = any_load(people)
    asyncio.run(load.sender.as_administrator())
    people.fails = failing(lost, times=2)
    loaded(load, lambda: len(people.users) > 1 and any("deleted" in one for one in people.history.values()))
    [failed] = [call for call in load.sender.calls if not call.ok]
    assert [attempt.status for attempt in failed.attempts] == [503, 503]
    assert is_as_acknowledged(load, people)


def should_write_no_more_to_somebody_of_whom_nobody_knows_how_he_is(people: People) -> None:
    load = any_load(people)
    people.fails = failing("PATCH /users/me me", times=2)
    loaded(load, lambda: len(people.users) > 1)
    assert people.history["usr_0"] == ["registered", "role-changed"]


def should_let_one_of_two_rivals_have_an_address(people: People) -> None:
    load = any_load(people, rivals=True)
    loaded(load, lambda: len(load.ledger.contests) > 2)
    assert {len(contest.claims) for contest in load.ledger.contests} == {1}
    assert is_as_acknowledged(load, people)


@pytest.mark.parametrize("who", ["granters", "plain"])
def should_grant_and_take_back(people: People, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twinhull.ops.drill.load.LOOKS", 0.001)
    load = any_load(people, clients=3, **{who: True})
    loaded(load, lambda: load.ready.is_set() and people.sent["POST /users"] > 4)
    done = [call for call in load.sender.calls if call.what in {"grant", "take back"}]
    assert done
    assert {call.promised for call in done if call.what == "grant"} == {who == "granters"}
    assert is_as_acknowledged(load, people)


def should_leave_a_grant_that_failed_to_whoever_reads_it_back(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twinhull.ops.drill.load.LOOKS", 0.001)
    load = any_load(people, clients=3, plain=True)
    asyncio.run(load.sender.as_administrator())
    people.fails = lambda method, path: 503 if method == "PUT" else None
    loaded(load, lambda: people.sent["POST /users"] > 4)
    grants = [call for call in load.sender.calls if call.what == "grant"]
    assert {len(call.attempts) for call in grants} == {1}
    assert not any(call.ok or call.what == "take back" for call in grants)
    assert is_as_acknowledged(load, people)


def should_need_an_administrator(people: People) -> None:
    people.fails = lambda method, path: 401 if path == "/sessions" else None
    with pytest.raises(TroubleError, match=r"The administrator cannot log in \(401\)"):
        asyncio.run(Sender(client(people), ADMIN).as_administrator())


def should_keep_a_session_that_cannot_be_renewed_yet(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "RENEWED_AFTER", -1)
    made = Sender(client(people), ADMIN)
    first = asyncio.run(made.as_administrator())
    people.fails = lambda method, path: 503 if path == "/sessions" else None
    assert asyncio.run(made.as_administrator()) is first
    people.fails = lambda *_: None
    assert asyncio.run(made.as_administrator()) is not first


def should_read_back_who_is_not_there(people: People) -> None:
    load = any_load(people)
    loaded(load, lambda: len(people.users) > 0)
    gone = people.users.popitem()[0]
    assert asyncio.run(read_back(client(people), [gone])) == {gone: None}
    assert not is_as_acknowledged(load, people)


def should_not_take_a_region_that_cannot_be_read_for_an_empty_one(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAUSE", 0)
    people.fails = failing("GET /users/any any", times=reading.TRIES)
    with pytest.raises(TroubleError, match=r"cannot be read back from https://edge.example \(503\)"):
        asyncio.run(read_back(client(people), ["any"]))
    assert people.sent["GET /users/any"] == reading.TRIES
    assert asyncio.run(read_back(client(people), ["any"])) == {"any": None}


def should_leave_nobody_behind(people: People) -> None:
    load = any_load(people)
    loaded(load, lambda: len(people.users) > 0)
    asyncio.run(delete_all(client(people), load.ledger.ids))
    assert all("deleted_at" in user for user in people.users.values())
