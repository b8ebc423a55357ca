"""How fast the error budget of an objective is spent.

An objective of 99.9 % over 30 days allows one request of a thousand to fail. A burn rate of 1 spends exactly
that in 30 days. Each speed is looked at in a long window, which says that it matters, and in a short one,
which says that it goes on: only both together notify (https://sre.google/workbook/alerting-on-slos/).
"""

from dataclasses import dataclass
from typing import Final

from twinhull.alarms.row import Row, Series, Severity

OBJECTIVE: Final = 0.999
DAYS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Burn:
    """A speed, the windows in which it is looked for, and how many requests a window needs to count."""

    name: str
    rate: float
    long: int  # seconds
    short: int
    floor_long: int
    floor_short: int
    severity: Severity

    @property
    def spent(self) -> float:
        """The part of the whole budget that is gone when the long window is full."""
        return self.rate * self.long / (DAYS * 86400)


#: A window with fewer requests says nothing: one failure of ten would be a hundred times the budget.
BURNS: Final = (
    Burn(
        name="Fast", rate=14.4, long=3600, short=300, floor_long=100, floor_short=20, severity="page"
    ),  # 2 % of the budget in an hour
    Burn(
        name="Steady", rate=6, long=21600, short=1800, floor_long=300, floor_short=50, severity="page"
    ),  # 5 % in six hours
    Burn(
        name="Slow", rate=3, long=86400, short=7200, floor_long=1000, floor_short=100, severity="ticket"
    ),  # 10 % in a day
)


def _window(burn: Burn, which: str, seconds: int, floor: int) -> Row:
    return Row(
        name=f"Burn{burn.name}{which}",
        watches="api",
        series={
            "errors": Series(namespace="AWS/ApiGateway", metric="5xx", statistic="Sum"),
            "requests": Series(namespace="AWS/ApiGateway", metric="Count", statistic="Sum"),
        },
        # In exact numbers: one minus the objective.
        expression=f"IF({{requests}}>={floor},{{errors}}/{{requests}}/{1 - OBJECTIVE:.6g},0)",
        comparison=">",
        threshold=burn.rate,
        period=seconds,
        datapoints=(1, 1),
        missing="notBreaching",
        severity=burn.severity,
        feels=f"One window of Burn{burn.name}, which notifies when both are over.",
        when=f"the budget of errors is spent {{threshold:g}} times too fast by at least {floor} requests",
        runbook="objective",
        because="https://sre.google/workbook/alerting-on-slos/",
        notifies=False,
    )


ROWS: Final = tuple(
    row
    for burn in BURNS
    for row in (
        _window(burn, "Long", burn.long, burn.floor_long),
        _window(burn, "Short", burn.short, burn.floor_short),
    )
)
