"""What the drill promises, and that it says so when a promise is broken."""

import re
from xml.etree import ElementTree

import pytest

from tests.drills.judging import FIRST, any_account, any_call, any_phase, broken, result, seen, verdict
from twinhull.ops.drill.calls import Call, Figures, percentile
from twinhull.ops.drill.chart import chart
from twinhull.ops.drill.plan import steps
from twinhull.ops.drill.switches import LocalSwitches
from twinhull.ops.drill.table import sentences, table

SILENT_READS = "p99 of reads while a region is silent, before a drain"


def should_keep_every_promise_when_all_goes_well() -> None:
    retried = any_call("write", statuses=(502, 201))
    phases = (
        any_phase(any_call(), any_call("write")),
        any_phase(any_call(seconds=3.2), retried, kind="lost", state="blackhole"),
        any_phase(any_call(began=2), kind="drained", state="blackhole"),
    )
    assert broken(*phases) == []
    assert all(promise.kept for promise in result(*phases).promises)


def should_say_so_when_a_read_failed() -> None:
    assert broken(any_phase(any_call(statuses=(502,), ok=False))) == ["reads failed"]


def should_say_so_when_a_write_failed_after_its_retry() -> None:
    call = any_call("write", statuses=(502, 502), ok=False)
    assert broken(any_phase(call)) == ["writes failed after one retry"]


def should_promise_nothing_to_who_does_not_retry() -> None:
    assert broken(any_phase(any_call("write", statuses=(502,), ok=False, promised=False))) == []


@pytest.mark.parametrize(
    ("seconds", "slack", "expected"), [(4.1, 0, [SILENT_READS]), (4.1, 1, []), (4.0, 0, [])]
)
def should_say_so_when_reads_wait_too_long_for_a_silent_region(
    seconds: float, slack: float, expected: list[str]
) -> None:
    phase = any_phase(any_call(seconds=seconds), kind="lost", state="mute")
    assert broken(phase, slack=slack) == expected


@pytest.mark.parametrize(
    "late",
    [
        any_call("write", began=6.5, region=FIRST),
        any_call("write", began=6.5, statuses=(0, 200)),
        any_call(began=6.5, seconds=3.1),
    ],
    ids=["reached", "failed first", "waited"],
)
def should_say_so_when_a_drain_does_not_act_on_all(late: Call) -> None:
    phase = any_phase(any_call(began=1), late, kind="drained", state="blackhole")
    assert "a drain acts on all new requests after" in broken(phase)


def should_say_so_when_reads_stay_slow_once_drained() -> None:
    calm = any_phase(any_call(seconds=0.2))
    slow = any_phase(any_call(began=2, seconds=1.3), kind="drained", state="blackhole")
    assert broken(calm, slow) == ["p99 of reads once it is drained"]


def should_say_so_when_something_is_lost() -> None:
    account = any_account()
    found = verdict(account, None, seen(account))
    assert broken(any_phase(), found=found) == ["acknowledged writes lost"]
    [finding] = result(any_phase(), found=found).document["findings"]
    assert finding == {"fault": "lost", "count": 1, "account": "usr_1", "region": FIRST, "what": "account"}


def should_measure_how_long_it_takes_to_recover() -> None:
    phase = any_phase(
        any_call(began=0.5),
        any_call(began=1.5, seconds=0.5),
        any_call("write", began=2, seconds=0.25, statuses=(502,), ok=False),
        any_call("write", began=3, seconds=0.5),
        kind="lost",
        state="refuse",
    )
    assert phase.recovered_after == pytest.approx(2.5)
    assert any_phase(any_call(began=2), kind="lost").recovered_after is None
    assert any_phase(any_call(began=2)).recovered_after is None


def should_count_failures_before_and_after_the_retry() -> None:
    figures = Figures.of(
        [
            any_call("write"),
            any_call("write", statuses=(0, 200)),
            any_call("write", statuses=(429, 503), ok=False),
            any_call("write", statuses=(409,), ok=False),
        ]
    )
    assert (figures.tried, figures.failed_first, figures.failed) == (4, 3, 2)


@pytest.mark.parametrize(("percent", "expected"), [(50, 2), (75, 3), (99, 4), (100, 4)])
def should_take_the_value_that_so_many_do_not_exceed(percent: int, expected: float) -> None:
    assert percentile([1, 2, 3, 4], percent) == expected
    assert percentile([], percent) is None


def should_lose_each_region_in_each_state_and_drain_each_twice() -> None:
    planned = steps(seconds=60, regions=["a", "b"], states=LocalSwitches.states)
    assert sum(step.seconds for step in planned) == pytest.approx(60)
    lost = [(step.region, step.state) for step in planned if step.kind == "lost"]
    assert lost == [(region, state) for region in "ab" for state in LocalSwitches.states]
    for kind in ("drained", "evacuated"):
        assert [step.region for step in planned if step.kind == kind] == ["a", "b"]


def should_drain_in_the_last_state_when_none_is_a_black_hole() -> None:
    planned = steps(seconds=60, regions=["a"], states=["error", "throttle"])
    assert [step.name for step in planned] == [
        "calm",
        "a error",
        "a back",
        "a throttle",
        "a throttle, drained",
        "a back",
        "a evacuated",
        "a back",
    ]


def should_print_a_line_per_phase_and_one_for_all() -> None:
    failed = any_call("write", statuses=(502, 502), ok=False)
    found = result(
        any_phase(any_call(), any_call("write")), any_phase(failed, kind="lost", state="mute")
    ).document
    lines = list(table(found))
    assert [re.split(" {2,}", line)[0] for line in lines[2:]] == ["calm", "eu-west-1 mute", "all"]
    assert "✗ writes failed after one retry: 1 (at most 0)" in list(sentences(found))
    assert next(sentences(found)).endswith("2 cores.")


def should_draw_each_call() -> None:
    failed = any_call("write", ok=False, statuses=(502, 0))
    calm = any_phase(*[any_call(began=began) for began in range(5)], failed)
    root = ElementTree.fromstring(chart(result(calm, any_phase(kind="lost", state="mute"))))
    in_legend = 1
    assert len([each for each in root.iter() if each.tag.endswith("circle")]) == 6 + in_legend
    texts = [each.text for each in root.iter() if each.tag.endswith("text")]
    assert texts.count("eu-west-1 mute") == 1
    assert "calm" not in texts
