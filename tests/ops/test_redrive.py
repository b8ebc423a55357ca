"""Sending dead letters back: nothing is lost, whatever happens half-way."""

import pytest

from tests.ops.conftest import Twinhull
from tests.ops.queues import Queues, Sqs
from tests.ops.world import EAST, WEST, World, refusal, silence
from twinhull.ops import redrive
from twinhull.ops.trouble import Exit


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redrive, "PAUSE", 0.0)


@pytest.fixture(params=[True, False], ids=["moved by SQS", "carried"])
def queues(request: pytest.FixtureRequest, queued: Queues) -> Queues:
    """Where SQS moves messages itself, and where it cannot."""
    for region in (EAST, WEST):
        queued.of(region).moves = request.param
    return queued


@pytest.fixture
def carried(queued: Queues) -> Sqs:
    """The first region's, which moves nothing by itself."""
    queued.of(EAST).moves = False
    return queued.of(EAST)


def should_send_everything_back_in_both_regions(queues: Queues, twinhull: Twinhull) -> None:
    bodies = [f"message {number}" for number in range(2 * redrive.BATCH + 1)]
    queues.of(EAST).lay_aside("intake", *bodies)
    queues.of(WEST).lay_aside("intake", "another")
    ran = twinhull("redrive", "intake", "--yes", "--json")
    assert ran.status == Exit.OK
    assert ran.json == {"queue": "intake", "moved": {EAST: len(bodies), WEST: 1}}
    assert queues.of(EAST).bodies("intake") == bodies
    assert queues.of(WEST).bodies("intake") == ["another"]
    assert queues.of(EAST).bodies("intake-dead") == queues.of(WEST).bodies("intake-dead") == []


def should_send_back_in_the_region_that_is_named_only(queues: Queues, twinhull: Twinhull) -> None:
    for region in (EAST, WEST):
        queues.of(region).lay_aside("intake", "poison")
    ran = twinhull("redrive", "intake", "--region", WEST, "--yes")
    assert "✓ us-west-2: 1 sent back" in ran.out
    assert queues.of(EAST).bodies("intake-dead") == ["poison"]
    assert queues.of(WEST).bodies("intake-dead") == []


def should_ask_before_anything_is_moved(
    queues: Queues, twinhull: Twinhull, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.of(EAST).lay_aside("intake", "poison")
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert twinhull("redrive", "intake").status == Exit.ATTENTION
    assert twinhull("redrive", "intake", "--json").status == Exit.USAGE
    assert queues.of(EAST).bodies("intake-dead") == ["poison"]
    monkeypatch.setattr("builtins.input", lambda _: "intake")
    assert twinhull("redrive", "intake").status == Exit.OK
    assert queues.of(EAST).bodies("intake") == ["poison"]


def should_ask_nobody_when_nothing_lies_aside(queues: Queues, twinhull: Twinhull) -> None:
    ran = twinhull("redrive", "intake", "--json")
    assert (ran.status, ran.json["moved"]) == (Exit.OK, {EAST: 0, WEST: 0})


def should_know_no_other_queue(queued: Queues, twinhull: Twinhull) -> None:
    ran = twinhull("redrive", "nothing", "--yes")
    assert (ran.status, ran.err) == (Exit.USAGE, "✗ shop has no queue nothing; there are intake.\n")
    assert twinhull("redrive", "intake", "--region", "us-east-2").status == Exit.USAGE


def should_say_that_there_are_no_queues(world: World, twinhull: Twinhull) -> None:
    assert "has no queue intake; there are none" in twinhull("redrive", "intake").err


def should_lose_nothing_when_a_message_cannot_be_sent(carried: Sqs, twinhull: Twinhull) -> None:
    carried.lay_aside("intake", "one", "two")
    carried.faults["send_message"] = [silence()]
    assert twinhull("redrive", "intake", "--yes").status == Exit.UNKNOWN
    assert sorted(carried.bodies("intake-dead")) == ["one", "two"]
    assert carried.bodies("intake") == []


def should_leave_a_message_twice_rather_than_lose_it(carried: Sqs, twinhull: Twinhull) -> None:
    carried.lay_aside("intake", "one")
    carried.faults["delete_message"] = [silence()]
    assert twinhull("redrive", "intake", "--yes").status == Exit.UNKNOWN
    assert carried.bodies("intake-dead") == carried.bodies("intake") == ["one"]


def should_keep_the_attributes_of_messages_that_it_carries(carried: Sqs, twinhull: Twinhull) -> None:
    attributes = {"kind": {"DataType": "String", "StringValue": "any"}}
    carried.lay_aside("intake", "one")
    carried.visible[carried.urls["intake-dead"]][0]["MessageAttributes"] = attributes
    twinhull("redrive", "intake", "--yes")
    assert carried.visible[carried.urls["intake"]] == [{"Body": "one", "MessageAttributes": attributes}]


def should_say_at_ctrl_c_that_the_rest_stays_aside(
    carried: Sqs, twinhull: Twinhull, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried.lay_aside("intake", "one", "two")
    delete = carried.delete_message

    def delete_and_press(**arguments: str) -> None:
        delete(**arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(carried, "delete_message", delete_and_press)
    ran = twinhull("redrive", "intake", "--yes")
    assert ran.status == Exit.INTERRUPTED
    assert "what was not yet moved in us-east-1 stays aside; the same command goes on" in ran.err
    assert (carried.bodies("intake"), carried.bodies("intake-dead")) == (["one"], ["two"])


def should_wait_for_a_move_that_is_under_way_already(queued: Queues, twinhull: Twinhull) -> None:
    sqs = queued.of(EAST)
    sqs.lay_aside("intake", "one")
    sqs.start_message_move_task("any:intake-dead", "any:intake")
    ran = twinhull("redrive", "intake", "--yes", "--json")
    assert (ran.status, ran.json["moved"][EAST]) == (Exit.OK, 1)
    assert len(sqs.tasks) == 1


def should_say_that_sqs_gave_up(queued: Queues, twinhull: Twinhull, monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = queued.of(EAST)
    sqs.lay_aside("intake", "one")
    failed = {"Status": "FAILED", "FailureReason": "CouldNotDetermineMessageSource"}
    monkeypatch.setattr(sqs, "list_message_move_tasks", lambda **_: {"Results": [failed]})
    ran = twinhull("redrive", "intake", "--yes")
    assert ran.status == Exit.ATTENTION
    assert "CouldNotDetermineMessageSource" in ran.err


def should_say_that_sqs_is_slow(queued: Queues, twinhull: Twinhull, monkeypatch: pytest.MonkeyPatch) -> None:
    queued.of(EAST).lay_aside("intake", "one")
    monkeypatch.setattr(redrive, "PATIENCE", -1.0)
    ran = twinhull("redrive", "intake", "--yes")
    assert ran.status == Exit.ATTENTION
    assert "it goes on by itself" in ran.err


def should_not_carry_what_sqs_refuses_to_move(queued: Queues, twinhull: Twinhull) -> None:
    queued.of(EAST).lay_aside("intake", "one")
    queued.of(EAST).faults["start_message_move_task"] = [refusal("AccessDenied", "not yours")]
    ran = twinhull("redrive", "intake", "--yes")
    assert ran.status == Exit.UNKNOWN
    assert "Not allowed when moving the dead letters of intake in us-east-1" in ran.err
    assert queued.of(EAST).bodies("intake-dead") == ["one"]


def should_not_know_when_sqs_is_silent(queued: Queues, world: World, twinhull: Twinhull) -> None:
    world.silent.add(("sqs", WEST))
    assert twinhull("redrive", "intake", "--yes").status == Exit.UNKNOWN
