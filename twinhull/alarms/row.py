"""A row of the table of alarms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

Kind = Literal[
    "account",
    "api",
    "application",
    "asynchronous",
    "behind-api",
    "certificate",
    "dead-letters",
    "distribution",
    "drain",
    "due-work",
    "edge-function",
    "firewall",
    "function",
    "hot-index",
    "index",
    "mail",
    "peer",
    "probed-api",
    "queue",
    "replication",
    "rotation",
    "schedule",
    "sweeper",
    "table",
    "timed-table",
    "watchdog",
    "worker",
]
Severity = Literal["page", "ticket"]
Missing = Literal["notBreaching", "breaching", "ignore", "missing"]
Comparison = Literal[">", ">=", "<", "<="]


@dataclass(frozen=True, kw_only=True)
class Share:
    """A number that depends on what is watched: so many times one of its limits."""

    of: str
    times: float = 1


@dataclass(frozen=True, kw_only=True)
class Series:
    """One metric, or with ``each`` one for each value that the dimension of this name has.

    ``on`` names the dimensions that it has; those of what is watched, all of them, when it is None.
    """

    namespace: str
    metric: str
    statistic: str
    on: tuple[str, ...] | None = None
    each: str = ""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is an alarm, of everything of one kind.

    :param name: precedes the name of what is watched; a row is changed and switched off by it.
    :param watches: of which kind of thing the alarms are made.
    :param series: the metrics, by the names that the expression uses.
    :param comparison: how the value is compared with the threshold.
    :param threshold: a number, or a share of a limit of what is watched.
    :param period: seconds, or a share likewise.
    :param datapoints: so many breaching of so many.
    :param missing: what CloudWatch takes missing data for.
    :param severity: `page` or `ticket`.
    :param feels: what people feel; the first sentence of the description.
    :param when: completes "Pages when …"; it may name `{threshold}`.
    :param runbook: the runbook's file name without its ending.
    :param because: the page of AWS's that recommends it, or a reason of one's own.
    :param expression: metric math. `{errors}` stands for the sum of the series of that name, `{errors:max}`
        for the highest of them, in both of which a missing value is 0. Without it there is one series.
    :param lean: it is also made when alarms are to be few.
    :param full: it is also made when they may be many; one that is not stands for dearer ones.
    :param notifies: it tells somebody, and does not only serve others.
    """

    name: str
    watches: Kind
    series: Mapping[str, Series]
    comparison: Comparison
    threshold: float | Share
    period: int | Share
    datapoints: tuple[int, int]
    missing: Missing
    severity: Severity
    feels: str
    when: str
    runbook: str
    because: str
    expression: str = ""
    lean: bool = False
    full: bool = True
    notifies: bool = True


class Changes(TypedDict, total=False):
    """What may be overridden of a row; see `Row`."""

    threshold: float
    period: int
    datapoints: tuple[int, int]
    missing: Missing
    severity: Severity
    lean: bool
    feels: str
    runbook: str


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Something that has metrics: its name in those of its alarms, and the dimensions of its metrics.

    ``each`` holds the values of dimensions by which it has several metrics; ``limits`` its numbers that
    thresholds are shares of.
    """

    kind: Kind
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    each: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)


def number(value: float | Share, watched: Watched) -> float:
    """The number itself."""
    return value if isinstance(value, int | float) else value.times * watched.limits[value.of]


class _Ids:
    """The ids of a series in metric math."""

    def __init__(self, ids: list[str]) -> None:
        self._filled = [f"FILL({each},0)" for each in ids]

    def __format__(self, how: str) -> str:
        if len(self._filled) == 1:
            return self._filled[0]
        return f"MAX([{','.join(self._filled)}])" if how == "max" else f"({'+'.join(self._filled)})"


def calculated(row: Row, ids: Mapping[str, list[str]]) -> str:
    """The row's expression with the ids of its series."""
    return row.expression.format_map({name: _Ids(each) for name, each in ids.items()})


def spread(row: Row, watched: Watched) -> dict[str, list[dict[str, Any]]]:
    """For each series its metrics: id, namespace, metric, statistic and dimensions."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, series in row.series.items():
        names = watched.dimensions if series.on is None else series.on
        kept = {one: watched.dimensions[one] for one in names}
        values = watched.each[series.each] if series.each else ("",)
        found[name] = [
            {
                "id": f"{name}{place}" if series.each else name,
                "namespace": series.namespace,
                "metric": series.metric,
                "statistic": series.statistic,
                "dimensions": {**kept, series.each: value} if series.each else dict(kept),
            }
            for place, value in enumerate(values, start=1)
        ]
    return found
