"""Evacuating and restoring a region: what is refused, what is written, and what Ctrl-C leaves."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import MissingDependencyException

from tests.ops.conftest import Twinhull
from tests.ops.world import EAST, WEST, World, refusal, silence
from twinhull.ops import drain
from twinhull.ops.drain import carry_out, evacuate, plan_evacuation, plan_restoration, restore
from twinhull.ops.trouble import Exit, TroubleError

#: What may be asked while control planes are impaired.
DATA_PLANES = {"cloudfront-keyvaluestore", "dynamodb", "secretsmanager"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "PAUSE", 0.001)


@pytest.fixture(params=[EAST, WEST])
def region(request: pytest.FixtureRequest) -> str:
    """Each region in turn."""
    return str(request.param)


def other(region: str) -> str:
    return WEST if region == EAST else EAST


def trouble(call: Callable[[], Any]) -> TroubleError:
    with pytest.raises(TroubleError) as raised:
        call()
    return raised.value


def should_drain_and_restore_either_region(world: World, region: str) -> None:
    done = evacuate(world.cloud, world.deployment, region)
    assert (done.drained, done.changed, done.peer) == (True, True, other(region))
    assert done.obeyed_after is not None
    assert world.store.drained == region

    done = restore(world.cloud, world.deployment, region)
    assert (done.drained, done.changed) == (False, True)
    assert done.obeyed_after is not None
    assert world.store.drained is None


def should_ask_no_control_plane(world: World, region: str) -> None:
    evacuate(world.cloud, world.deployment, region)
    restore(world.cloud, world.deployment, region)
    assert {service for service, _ in world.asked} == DATA_PLANES


def should_change_nothing_when_done_again(world: World, region: str) -> None:
    for do in (evacuate, evacuate, restore, restore):
        do(world.cloud, world.deployment, region)
    assert world.store.writes == 2


def should_write_where_the_watchdogs_write_to_see_whether_a_region_can(world: World) -> None:
    evacuate(world.cloud, world.deployment, EAST)
    assert world.tables[WEST].keys == [("health", f"operator#{WEST}")]
    assert world.tables[EAST].keys == []


@pytest.mark.parametrize("force", [False, True])
def should_never_drain_the_second_region(world: World, region: str, force: bool) -> None:
    world.store.set(other(region))
    refused = trouble(lambda: evacuate(world.cloud, world.deployment, region, force=force))
    assert refused.code == "peer-drained"
    assert f"twinhull restore {other(region)}" in str(refused)
    assert world.store.writes == 0


def should_take_over_a_store_that_names_no_region_of_ours(world: World) -> None:
    world.store.set("eu-west-1")
    evacuate(world.cloud, world.deployment, EAST)
    assert world.store.drained == EAST


def breaks_readiness(world: World, region: str) -> None:
    world.status[region] = 503


def breaks_all(world: World, region: str) -> None:
    world.status[region] = None


def breaks_writes(world: World, region: str) -> None:
    world.tables[region].fault = silence()


def forbids_writes(world: World, region: str) -> None:
    world.tables[region].fault = refusal("AccessDeniedException")


def hides_secrets(world: World, _: str) -> None:
    for secret in world.secrets.values():
        secret.fault = refusal("AccessDeniedException")


ILLS = [breaks_readiness, breaks_all, breaks_writes, forbids_writes, hides_secrets]


@pytest.mark.parametrize("ill", ILLS)
def should_refuse_to_leave_for_a_region_that_cannot_carry_everything(
    world: World, region: str, ill: Callable[[World, str], None]
) -> None:
    ill(world, other(region))
    refused = trouble(lambda: evacuate(world.cloud, world.deployment, region))
    assert (refused.code, refused.status) == ("not-able", Exit.ATTENTION)
    assert "--force" in str(refused)
    assert world.store.writes == 0


@pytest.mark.parametrize("ill", ILLS)
def should_refuse_to_return_to_a_region_that_cannot_serve(
    world: World, region: str, ill: Callable[[World, str], None]
) -> None:
    evacuate(world.cloud, world.deployment, region)
    ill(world, region)
    refused = trouble(lambda: restore(world.cloud, world.deployment, region))
    assert refused.code == "not-able"
    assert world.store.drained == region


@pytest.mark.parametrize("ill", [breaks_writes, forbids_writes, hides_secrets])
def should_do_it_nevertheless_if_told_to(
    world: World, region: str, ill: Callable[[World, str], None]
) -> None:
    ill(world, other(region))
    assert evacuate(world.cloud, world.deployment, region, force=True).changed
    ill(world, region)
    done = restore(world.cloud, world.deployment, region, force=True)
    assert done.changed
    assert done.obeyed_after is None
    assert world.store.drained is None


def should_not_care_how_the_region_is_that_is_left(world: World, region: str) -> None:
    breaks_all(world, region)
    breaks_writes(world, region)
    assert evacuate(world.cloud, world.deployment, region).obeyed_after is not None


def should_read_the_secret_from_a_region_that_answers(world: World, region: str) -> None:
    world.secrets[region].fault = silence()
    assert evacuate(world.cloud, world.deployment, region).changed


def should_wait_until_the_edge_obeys_five_times_in_a_row(world: World) -> None:
    world.lag = 3
    evacuate(world.cloud, world.deployment, EAST)
    assert len(world.probes) == 3 + drain.IN_A_ROW
    assert {probe.split()[0] for probe in world.probes} == {"POST"}


def should_say_when_the_edge_does_not_obey_in_time(world: World) -> None:
    world.lag = 1000
    plan = plan_evacuation(world.cloud, world.deployment, EAST)
    late = trouble(lambda: carry_out(plan, patience=0.05))
    assert late.code == "not-obeyed"
    assert "goes on waiting" in str(late)
    assert world.store.drained == EAST
    world.lag = 0
    assert not evacuate(world.cloud, world.deployment, EAST).changed


def should_not_take_a_read_that_fails_over_for_an_edge_that_obeys(world: World) -> None:
    """The region is down: a read is answered by the other one, drained or not."""
    breaks_all(world, EAST)
    world.lag = 1000
    plan = plan_evacuation(world.cloud, world.deployment, EAST)
    assert trouble(lambda: carry_out(plan, patience=0.05)).code == "not-obeyed"


def should_decide_again_when_somebody_else_writes_at_the_same_moment(world: World) -> None:
    world.store.before_write = [lambda: world.store.set(None)] * 2
    assert evacuate(world.cloud, world.deployment, EAST).changed
    assert (world.store.drained, world.store.writes) == (EAST, 1)


def should_be_content_when_a_watchdog_drains_the_region_first(world: World) -> None:
    world.store.before_write = [lambda: world.store.set(EAST)]
    assert not evacuate(world.cloud, world.deployment, EAST).changed
    assert (world.store.drained, world.store.writes) == (EAST, 0)


def should_not_drain_a_region_whose_peer_is_drained_at_the_same_moment(world: World) -> None:
    world.store.before_write = [lambda: world.store.set(WEST)]
    assert trouble(lambda: evacuate(world.cloud, world.deployment, EAST)).code == "peer-drained"
    assert (world.store.drained, world.store.writes) == (WEST, 0)


def should_not_undo_the_drain_of_the_other_region_at_the_same_moment(world: World) -> None:
    world.store.set(EAST)
    world.store.before_write = [lambda: world.store.set(WEST)]
    assert not restore(world.cloud, world.deployment, EAST).changed
    assert world.store.drained == WEST


def should_give_up_on_a_store_that_never_keeps_still(world: World) -> None:
    world.store.before_write = [lambda: world.store.set(None)] * drain.ROUNDS
    refused = trouble(lambda: evacuate(world.cloud, world.deployment, EAST))
    assert (refused.code, refused.status) == ("store-changes", Exit.ATTENTION)
    assert world.store.drained is None


def lose_the_answer() -> None:
    raise silence()


def should_see_that_a_write_was_done_whose_answer_was_lost(world: World) -> None:
    world.store.after_write = [lose_the_answer]
    assert evacuate(world.cloud, world.deployment, EAST).changed
    assert world.store.writes == 1


def should_say_that_it_is_not_known_whether_it_was_written(world: World) -> None:
    plan = plan_evacuation(world.cloud, world.deployment, EAST)

    def go_silent() -> None:
        world.store.fault = silence()
        raise world.store.fault

    world.store.after_write = [go_silent]
    unclear = trouble(lambda: carry_out(plan))
    assert (unclear.code, unclear.status) == ("unclear", Exit.UNKNOWN)


def should_not_say_that_nothing_was_written_when_no_write_was_answered(world: World) -> None:
    def undone() -> None:
        world.store.set(None)
        raise silence()

    world.store.after_write = [undone] * drain.ROUNDS
    unclear = trouble(lambda: evacuate(world.cloud, world.deployment, EAST))
    assert (unclear.code, unclear.status, world.store.writes) == ("unclear", Exit.UNKNOWN, drain.ROUNDS)


def should_take_a_store_that_it_may_not_read_for_no_empty_one(world: World) -> None:
    def refuse(**_: str) -> None:
        raise refusal("AccessDenied")

    world.store.get_key = refuse  # type: ignore[assignment,method-assign]
    refused = trouble(lambda: evacuate(world.cloud, world.deployment, EAST))
    assert (refused.code, world.store.writes) == ("not-allowed", 0)


def should_say_what_to_install_when_requests_to_the_store_cannot_be_signed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = World.client

    def client(self: World, service: str, **options: Any) -> Any:
        if service == "cloudfront-keyvaluestore":
            raise MissingDependencyException(msg="no awscrt")
        return made(self, service, **options)

    monkeypatch.setattr(World, "client", client)
    refused = trouble(lambda: evacuate(world.cloud, world.deployment, EAST))
    assert (refused.code, refused.status) == ("not-installed", Exit.UNKNOWN)


def should_change_nothing_when_the_store_cannot_be_reached(world: World) -> None:
    world.silent.add(("cloudfront-keyvaluestore", EAST))
    unreachable = trouble(lambda: evacuate(world.cloud, world.deployment, EAST))
    assert (unreachable.code, unreachable.status) == ("unreachable", Exit.UNKNOWN)


def should_say_at_ctrl_c_what_state_things_are_in(world: World) -> None:
    def press() -> None:
        raise KeyboardInterrupt

    plan = plan_evacuation(world.cloud, world.deployment, EAST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.store, "describe_key_value_store", lambda **_: press())
        before = trouble(lambda: carry_out(plan))
    assert (before.code, str(before)) == ("interrupted", "Interrupted: nothing was changed.")
    world.store.before_write = [press]
    writing = trouble(lambda: carry_out(plan))
    assert (writing.code, writing.status) == ("interrupted", Exit.INTERRUPTED)
    assert "`twinhull status` says whether us-east-1 is drained" in str(writing)

    def press_when_told(_: str) -> None:
        raise KeyboardInterrupt

    waiting = trouble(lambda: carry_out(plan, say=press_when_told))
    assert "us-east-1 is drained, but the edge was not yet seen to obey" in str(waiting)
    assert "`twinhull restore us-east-1` undoes it" in str(waiting)
    assert world.store.drained == EAST


class Keyboard:
    """What is typed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def types(self, answer: str | BaseException) -> None:
        def typed(_: str) -> str:
            if isinstance(answer, BaseException):
                raise answer
            return answer

        self._monkeypatch.setattr("builtins.input", typed)


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Keyboard:
    keyboard = Keyboard(monkeypatch)
    keyboard.types(AssertionError("nobody is to be asked"))
    return keyboard


def should_show_the_plan_and_do_it_when_the_name_is_typed(
    world: World, twinhull: Twinhull, keyboard: Keyboard
) -> None:
    keyboard.types(f" {EAST} ")
    ran = twinhull("evacuate", EAST)
    assert ran.status == Exit.OK
    lines = ran.out.splitlines()
    assert lines[0].startswith("✓ us-west-2 is ready: it reads its table strongly (")
    assert lines[1].startswith("✓ us-west-2 writes its table (")
    assert "   Undo: twinhull restore us-east-1" in lines
    assert lines[-1].startswith("✓ us-east-1 is drained, and the edge obeys, as seen from here (")


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        (WEST, Exit.ATTENTION, "✗ Nothing was changed: us-east-1 was not typed."),
        (EOFError(), Exit.USAGE, "✗ Nothing was changed: there is nobody to ask; add --yes."),
        (KeyboardInterrupt(), Exit.INTERRUPTED, "✗ Interrupted: nothing was changed."),
    ],
)
def should_change_nothing_unless_the_name_is_typed(
    world: World, twinhull: Twinhull, keyboard: Keyboard, typed: str | BaseException, status: Exit, said: str
) -> None:
    keyboard.types(typed)
    ran = twinhull("evacuate", EAST)
    assert (ran.status, ran.err.splitlines()[-1]) == (status, said)
    assert world.store.writes == 0


def should_ask_nobody_with_yes_or_when_nothing_changes(
    world: World, twinhull: Twinhull, keyboard: Keyboard
) -> None:
    assert twinhull("evacuate", EAST, "--yes").status == Exit.OK
    again = twinhull("evacuate", EAST)
    assert again.status == Exit.OK
    assert "us-east-1 is drained already: nothing is written." in again.out
    assert twinhull("restore", EAST, "-y").status == Exit.OK
    assert "us-east-1 is not drained: nothing is written." in twinhull("restore", EAST).out
    assert world.store.writes == 2


def should_print_one_document_for_programs(world: World, twinhull: Twinhull, keyboard: Keyboard) -> None:
    asked = twinhull("evacuate", EAST, "--json")
    assert (asked.status, asked.json["error"]["code"]) == (Exit.USAGE, "not-confirmed")
    document = twinhull("evacuate", EAST, "--json", "--yes").json
    seconds = document.pop("seconds")
    assert 0 <= seconds["written"] <= seconds["obeyed"]
    assert [check["ok"] for check in document.pop("checks")] == [True, True]
    assert document == {"region": EAST, "peer": WEST, "drained": True, "changed": True}
    assert twinhull("evacuate", WEST, "--json", "--yes").json["error"]["code"] == "peer-drained"


def should_tell_that_a_region_restored_by_force_cannot_show_it(
    world: World, twinhull: Twinhull, keyboard: Keyboard
) -> None:
    twinhull("evacuate", EAST, "--yes")
    breaks_readiness(world, EAST)
    refused = twinhull("restore", EAST, "--yes")
    assert (refused.status, world.store.drained) == (Exit.ATTENTION, EAST)
    assert "us-east-1 is not ready: 503 from us-east-1" in refused.err
    ran = twinhull("restore", EAST, "--yes", "--force")
    assert ran.status == Exit.OK
    assert ran.out.splitlines()[-1].startswith("✓ us-east-1 is not drained. It fails a check")
    assert world.store.drained is None


def should_take_a_wrong_region_for_a_wrong_command_line(world: World, twinhull: Twinhull) -> None:
    for command in ("evacuate", "restore"):
        ran = twinhull(command, "us-east-2")
        assert ran.status == Exit.USAGE
        assert ran.err == "✗ us-east-2 is no region of shop; us-east-1 and us-west-2 serve.\n"


def should_not_restore_the_other_region_by_planning(world: World) -> None:
    world.store.set(WEST)
    plan = plan_restoration(world.cloud, world.deployment, EAST)
    assert not plan.changes
    assert world.store.drained == WEST
