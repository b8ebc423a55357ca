"""What fires when a region, a consumer or the database dies: by the alarms' own arithmetic.

The emulator evaluates no metric math, extracts no embedded metrics and lets nothing count as missing, so what
it can show is in `tests/local/test_alarms.py`; everything else is shown here.
"""

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from tests.alarms.arithmetic import Evaluated, Told
from tests.alarms.region import Panel, plain
from tools.assembly import Assembly
from twinhull import Alarms, AlarmTopics, LiveFunction, PythonPackage, WorkQueue
from twinhull.alarms.watched import of_function, of_queue

HERE, PEER = "us-west-2", "us-east-1"
SILENT = 240  # minutes of the past, so that every window is full


@pytest.fixture(scope="module")
def here(assembly: Assembly) -> Panel:
    """The alarms of the region that things happen to."""
    return Panel.of(assembly, f"twinhull-compute-{HERE}", f"twinhull-watch-{HERE}")


@pytest.fixture(scope="module")
def peer(assembly: Assembly) -> Panel:
    """The alarms of the other region."""
    return Panel.of(assembly, f"twinhull-compute-{PEER}", f"twinhull-watch-{PEER}")


@pytest.fixture(scope="module")
def lean_peer(lean: Assembly) -> Panel:
    """The other region's, when they are few."""
    return Panel.of(lean, f"twinhull-compute-{PEER}", f"twinhull-watch-{PEER}")


def healthy() -> Told:
    """A quiet evening: the watchdogs ask, somebody logs in now and then."""
    return (
        Told()
        .tell("Count", 20)
        .tell("5xx", 0)
        .tell("Latency", 200)
        .tell("Invocations", 20)
        .tell("Errors", 0)
        .tell("Throttles", 0)
        .tell("Duration", 120)
        .tell("PeerRegionHealthy", 1)
        .tell("LogIns", 2)
        .tell("FailedLogIns", 1)
        .tell("RegistrationAttempts", 1)
        .tell("Registrations", 1)
        .tell("KeyAgeDays", 12)
        .tell("DueOverdueSeconds", 30)
        .tell("SuccessfulRequestLatency", 40)
        .tell("ClaimedAccountConcurrency", 30)
    )


def should_be_silent_while_all_is_well(here: Panel, peer: Panel) -> None:
    assert here.firing(healthy(), SILENT) == set()
    assert peer.firing(healthy(), SILENT) == set()


def should_be_told_by_the_other_region_when_one_is_dead(here: Panel, peer: Panel) -> None:
    """A dead region publishes nothing; its own alarms may not even be evaluated. Its peer pages."""
    lost = healthy().tell("PeerRegionHealthy", lambda minute: 1.0 if minute < SILENT - 5 else 0.0)
    assert peer.firing(lost, SILENT) == {f"PeerUnhealthy-{HERE}"}
    assert peer.ever(lost, SILENT, f"PeerUnhealthy-{HERE}")[0] == SILENT - 5 + 2
    nothing = Told()
    fired = here.firing(nothing, SILENT)
    assert {"TrafficGone-Api", "RegionUnhealthy", f"PeerUnhealthy-{PEER}"} <= fired


def should_tell_that_a_watchdog_says_nothing(peer: Panel) -> None:
    silent = healthy().tell("PeerRegionHealthy", lambda minute: None if minute > SILENT - 5 else 1.0)
    assert peer.firing(silent, SILENT) == {f"PeerUnhealthy-{HERE}"}


def should_be_told_by_a_watchdog_that_fails_when_alarms_are_few(lean_peer: Panel) -> None:
    """It publishes no metric then; a look that finds the peer unable to serve fails."""
    assert lean_peer.firing(healthy(), SILENT) == set()
    name, function = f"WatchFails-{HERE}", _function(lean_peer, "WatchFails")
    for looks in (
        lambda minute: 1.0 if 100 <= minute < 110 else 0.0,
        lambda minute: None if 100 <= minute < 110 else 0.0,
    ):
        lost = healthy().tell("Errors", looks, of=function)
        assert lean_peer.ever(lost, SILENT, name) == list(range(102, 110))
    assert lean_peer.ever(healthy().tell("Errors", lambda m: m % 3 and 1.0, of=function), SILENT, name) == []


@pytest.mark.parametrize("panel", ["peer", pytest.param("lean_peer", marks=pytest.mark.slow)])
def should_tell_of_a_sweeper_that_fails_or_is_not_called(panel: str, request: pytest.FixtureRequest) -> None:
    alarms = request.getfixturevalue(panel).only("SweepsFail", "DueWorkLate")
    function = _function(alarms, "SweepsFail")
    for sweeps in (lambda m: float(m >= SILENT - 15), lambda m: None if m >= SILENT - 15 else 0.0):
        dead = healthy().tell("DueOverdueSeconds", lambda _: None).tell("Errors", sweeps, of=function)
        assert alarms.firing(dead, SILENT - 1) == set()
        assert alarms.firing(dead, SILENT) == {"SweepsFail-sweeper"}
    now_and_then = healthy().tell("Errors", lambda m: float(m % 10 != 0), of=function)
    assert alarms.firing(now_and_then, SILENT) == set()


def should_page_for_due_work_that_waits_and_clear_when_it_is_done(peer: Panel) -> None:
    """A sweep publishes how late it is, and nothing when nothing is."""
    late = healthy().tell("DueOverdueSeconds", lambda m: 960.0 if 100 <= m < 120 and m % 6 == 0 else None)
    assert peer.ever(late, SILENT, "DueWorkLate-sweeper") == list(range(102, 129))


def _function(panel: Panel, row: str) -> str:
    """The name of the function that the only alarm of a row looks at."""
    (alarm,) = panel.only(row).alarms
    return str({one["Name"]: one["Value"] for one in alarm.properties["Dimensions"]}["FunctionName"])


def should_clear_when_the_region_is_back(peer: Panel) -> None:
    back = healthy().tell("PeerRegionHealthy", lambda minute: 0.0 if 100 <= minute < 110 else 1.0)
    assert peer.ever(back, SILENT, f"PeerUnhealthy-{HERE}") == list(range(102, 110))


def should_page_for_a_database_that_fails(here: Panel) -> None:
    """Each request that reaches the table fails within its two seconds and is answered with 503."""
    broken = (
        healthy()
        .tell("SystemErrors", lambda minute: 20.0 if minute >= SILENT - 6 else None)
        .tell("5xx", lambda minute: 18.0 if minute >= SILENT - 6 else 0.0)
        .tell("Latency", lambda minute: 2100.0 if minute >= SILENT - 6 else 200.0)
    )
    fired = here.firing(broken, SILENT)
    assert {"TableSystemErrors-twinhull-users", "ApiErrors-Api", "BurnFast", "RegionUnhealthy"} <= fired
    assert "TrafficGone-Api" not in fired


def should_end_the_alarm_of_a_table_that_is_quiet_again(here: Panel) -> None:
    """DynamoDB publishes nothing when nothing fails: without FILL the alarm would stay as it is."""
    once = healthy().tell("SystemErrors", lambda minute: 20.0 if 100 <= minute < 105 else None)
    tables = here.only("TableSystemErrors")
    states = tables.run(once, 140)
    name = "twinhull-TableSystemErrors-twinhull-users"
    assert states[104][name] == "ALARM"
    assert states[112][name] == "OK"
    for alarm in tables.alarms:
        for query in alarm.properties["Metrics"]:
            if "Expression" in query:
                query["Expression"] = query["Expression"].replace("FILL(errors1,0)", "errors1")
        alarm.properties["TreatMissingData"] = "ignore"  # type: ignore[index] # as CloudWatch does for DynamoDB
    assert tables.run(once, 140)[112][name] == "ALARM"


def should_tell_of_a_schedule_that_did_not_run(here: Panel) -> None:
    stopped = healthy().tell("Invocations", lambda minute: None if minute > SILENT - 10 else 20.0)
    assert "ScheduleStopped-Watchdog" in here.firing(stopped, SILENT)


def should_tell_of_a_function_that_fails_for_everybody_who_waits(here: Panel) -> None:
    failing = healthy().tell("Errors", lambda minute: 4.0 if minute >= SILENT - 12 else 0.0)
    assert {"FunctionErrorRate-Accounts", "FunctionErrors-Operator"} <= here.firing(failing, SILENT)


def should_tell_when_nobody_can_register(here: Panel) -> None:
    stopped = healthy().tell("Registrations", lambda minute: None)
    assert here.firing(stopped, SILENT) == {"RegistrationsStopped-people"}


def should_tell_of_guessing_and_of_a_drain_that_lasts(here: Panel) -> None:
    guessed = healthy().tell("FailedLogIns", 60)
    assert here.firing(guessed, SILENT) == {"FailedLogIns-people"}
    drained = healthy().tell("Drained", lambda minute: 1.0 if minute >= 0 and minute % 180 == 0 else None)
    assert here.firing(drained, 10 * 60) == set()
    (alarm,) = here.only("DrainLasts").alarms
    assert alarm.step(drained, 24 * 60) == "ALARM"


@pytest.mark.parametrize(
    ("metric", "of", "value", "row"),
    [
        ("SuccessfulRequestLatency", "UpdateItem", 501, "TableLatency"),
        ("ConsumedWriteCapacityUnits", "registered", 60 * 701, "IndexPressure"),
        ("ConsumedWriteCapacityUnits", "uploads", 60 * 701, "IndexPressure"),
        ("WriteThrottleEvents", "due", 10, "IndexThrottles"),
    ],
)
def should_hear_of_a_table_from_what_stands_for_the_rest(
    metric: str, of: str, value: float, row: str, here: Panel
) -> None:
    assert here.firing(healthy().tell(metric, value, of=of), SILENT) == {f"{row}-twinhull-users"}
    assert here.firing(healthy().tell(metric, value * 0.99, of=of), SILENT) == set()


def should_tell_of_a_consumer_that_is_dead() -> None:
    """Messages wait, fail five times, and lie aside; each of the three alarms is over when it is mended."""
    stack = cdk.Stack(cdk.App(), "any", env=cdk.Environment(region="eu-west-1"))
    package = PythonPackage(name="any", files={"any.py": b""}, requirements=())
    consumer = LiveFunction(stack, "Consumer", package=package, handler="any.handler")
    alarms = Alarms(stack, "Alarms", name="any", topics=AlarmTopics(stack, "Topics", name="any"))
    alarms.watch(*of_function(consumer), *of_queue(WorkQueue(stack, "Work", function=consumer)))
    resources = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    panel = Panel([Evaluated(plain(one["Properties"])) for one in resources], {})
    begin, mended = 60, 120

    def while_dead(value: float, after: int) -> Callable[[int], float]:
        return lambda minute: value if begin + after <= minute < mended else 0.0

    world = (
        Told()
        .tell("Errors", while_dead(2, after=0))
        .tell("ApproximateAgeOfOldestMessage", lambda m: 60.0 * (m - begin) if begin <= m < mended else 0.0)
        .tell("ApproximateNumberOfMessagesVisible", while_dead(1, after=5))
    )
    states = panel.run(world, 200)

    def firing(minute: int) -> set[str]:
        return {name.removeprefix("any-") for name, state in states[minute].items() if state == "ALARM"}

    assert firing(begin - 1) == set()
    assert firing(begin + 7) == {"DeadLetters-Work", "FunctionErrors-Consumer"}
    assert firing(begin + 21) == {"DeadLetters-Work", "FunctionErrors-Consumer", "QueueAge-Work"}
    assert firing(mended + 15) == set()
