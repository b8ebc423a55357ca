"""Burn rates: invented series through the alarms' own arithmetic show when each speed notifies."""

from collections.abc import Callable

import pytest

from tests.alarms.arithmetic import Told
from tests.alarms.region import Panel
from tools.assembly import Assembly
from twinhull.alarms.burn import BURNS, OBJECTIVE

REQUESTS = 60.0
HOUR = 60


@pytest.fixture(scope="module")
def panel(assembly: Assembly) -> Panel:
    names = [f"Burn{burn.name}{which}" for burn in BURNS for which in ("Long", "Short")]
    return Panel.of(assembly, "twinhull-compute-us-west-2").only(*names)


def failing(share: Callable[[int], float], requests: float = REQUESTS) -> Told:
    """A region that answers so many requests a minute, of which this share fails."""
    return Told().tell("Count", requests).tell("5xx", lambda minute: requests * share(minute))


def constant(share: float) -> Callable[[int], float]:
    return lambda _: share


def should_spend_what_the_workbook_says() -> None:
    assert [(burn.rate, round(burn.spent, 4)) for burn in BURNS] == [(14.4, 0.02), (6, 0.05), (3, 0.1)]
    assert OBJECTIVE == 0.999


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, set()),
        (0.0009, set()),  # within the objective
        (0.0029, set()),  # not yet three times too fast
        (0.0031, {"BurnSlow"}),
        (0.0061, {"BurnSlow", "BurnSteady"}),
        (0.0145, {"BurnSlow", "BurnSteady", "BurnFast", "RegionUnhealthy"}),
    ],
)
def should_notify_at_each_speed_that_lasts_a_day(share: float, expected: set[str], panel: Panel) -> None:
    # One evaluation at the end of the day is enough: nothing changes.
    end = 24 * HOUR
    states = {one.name: one.step(failing(constant(share)), end) for one in panel.alarms}
    fired = {
        burn.name
        for burn in BURNS
        if all(states[f"twinhull-Burn{burn.name}{which}-Api"] == "ALARM" for which in ("Long", "Short"))
    }
    assert {f"Burn{name}" for name in fired} == expected - {"RegionUnhealthy"}


def should_page_fast_when_all_fails_and_clear_when_the_short_window_is_clean(panel: Panel) -> None:
    """All requests fail for ten minutes, after two hours without any fault."""
    begin, end = 120, 130
    world = failing(lambda minute: 1.0 if begin <= minute < end else 0.0)
    fast = panel.only("BurnFastLong", "BurnFastShort")
    firing = fast.ever(world, 200, "BurnFast")
    assert firing[0] == begin  # 60 of 3600 failed: 16.7 times too fast
    assert firing[-1] == end + 3  # the last of five minutes that holds a failure
    assert firing == list(range(firing[0], firing[-1] + 1))


def should_not_page_for_a_blip_that_the_long_window_forgives(panel: Panel) -> None:
    world = failing(lambda minute: 0.5 if minute == 120 else 0.0)
    fast = panel.only("BurnFastLong", "BurnFastShort")
    assert fast.ever(world, 200, "BurnFast") == []


def should_not_go_on_paging_for_what_is_over(panel: Panel) -> None:
    """The long window still holds the failures; the short one says that they ended."""
    world = failing(lambda minute: 0.2 if 60 <= minute < 90 else 0.0)
    fast = panel.only("BurnFastLong", "BurnFastShort")
    states = fast.run(world, 120)
    assert states[100]["twinhull-BurnFastLong-Api"] == "ALARM"
    assert states[100]["twinhull-BurnFast"] == "OK"


def should_stay_silent_while_there_are_too_few_requests_to_tell(panel: Panel) -> None:
    """One request a minute, all failing: 60 in the hour, fewer than the floor of 100."""
    fast = panel.only("BurnFastLong", "BurnFastShort")
    assert fast.ever(failing(constant(1.0), requests=1), 180, "BurnFast") == []
    assert fast.ever(failing(constant(1.0), requests=5), 180, "BurnFast") != []


def should_stay_silent_without_any_traffic(panel: Panel) -> None:
    for burn in BURNS:
        pair = panel.only(f"Burn{burn.name}Long", f"Burn{burn.name}Short")
        assert pair.ever(Told(), 10, f"Burn{burn.name}") == []


def should_keep_both_windows_of_a_speed_apart(panel: Panel) -> None:
    for burn in BURNS:
        assert burn.long == 12 * burn.short  # as the workbook recommends
        assert burn.long <= 86400  # the longest that one period may be
