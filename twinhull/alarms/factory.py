"""The `Alarms` construct, which makes alarms of the table's rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from twinhull.alarms.burn import BURNS, Burn
from twinhull.alarms.row import Changes, Row, Watched, calculated, number, spread
from twinhull.alarms.rows import ROWS
from twinhull.alarms.topics import Notified

Mode = Literal["full", "lean", "off"]

COMPARISONS: Final = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
}
#: Statistics that CloudWatch calls extended.
PERCENTILE: Final = "p"


class Alarms(Construct):
    """Makes of everything that it is told to watch the alarms that the table has for its kind.

    >>> from twinhull.alarms.watched import of_api, of_function
    >>> topics = AlarmTopics(self, "Topics", name="shop", pages=["oncall@example.com"])
    >>> alarms = Alarms(self, "Alarms", name="shop", topics=topics)
    >>> alarms.watch(*of_function(function, behind_api=True), *of_api(api))

    :ivar alarms: name → L1 alarm.
    :ivar composites: name → L1 composite alarm.
    """

    alarms: dict[str, cloudwatch.CfnAlarm]
    composites: dict[str, cloudwatch.CfnCompositeAlarm]

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        topics: Notified,
        mode: Mode = "full",
        rows: Sequence[Row] = ROWS,
        changes: Mapping[str, Changes | None] | None = None,
        runbooks: str = "docs/runbooks/",
    ) -> None:
        """Prepare the table; alarms are made by `watch`.

        :param name: precedes the name of each alarm, so that two deployments can share an account.
        :param topics: where alarms go by their severity.
        :param mode: `full`, `lean` (only rows that are so) or `off`.
        :param rows: the table.
        :param changes: for a row's name what is different here, or None for no such alarm.
        :param runbooks: precedes a runbook's file name in descriptions, like an address of your wiki's.
        :raises ValueError: `mode` is none of the three, or `changes` names no row.
        """
        super().__init__(scope, id)
        if mode not in ("full", "lean", "off"):
            raise ValueError(f"mode is {mode!r}; it must be 'full', 'lean' or 'off'.")
        given = dict(changes or {})
        unknown = sorted(given.keys() - {row.name for row in rows})
        if unknown:
            raise ValueError(f"changes names {', '.join(unknown)}; the table has no such row.")
        self.alarms = {}
        self.composites = {}
        self._name = name
        self._topics = topics
        self._runbooks = runbooks
        self._rows = [
            replace(row, **(given.get(row.name) or {})) for row in rows if given.get(row.name, {}) is not None
        ]
        self._rows = [
            row for row in self._rows if (mode == "full" and row.full) or (mode == "lean" and row.lean)
        ]

    def watch(self, *watched: Watched) -> None:
        """Make the alarms of everything given.

        :raises ValueError: two of them would have the same name.
        """
        for each in watched:
            for row in self._rows:
                if row.watches == each.kind:
                    self._make(row, each)
            if each.kind == "api":
                for burn in BURNS:
                    self._join(burn, each)

    def join(self, name: str, *, alarms: Iterable[str], feels: str, runbook: str) -> None:
        """Make one alarm that pages when any of others is in alarm; nothing if none of them is here.

        :param name: what it is called after the deployment.
        :param alarms: names of rows, or of alarms that were joined before.
        :param feels: what people feel.
        :param runbook: the runbook's name.
        """
        wanted = set(alarms)
        members = sorted(
            full
            for full in (*self.alarms, *self.composites)
            if full.removeprefix(f"{self._name}-").partition("-")[0] in wanted
        )
        if members:
            rule = " OR ".join(f'ALARM("{each}")' for each in members)
            self._compose(name, rule, feels=feels, runbook=runbook, severity="page")

    def _join(self, burn: Burn, watched: Watched) -> None:
        windows = [f"{self._name}-Burn{burn.name}{which}-{watched.name}" for which in ("Long", "Short")]
        if all(each in self.alarms for each in windows):
            rule = " AND ".join(f'ALARM("{each}")' for each in windows)
            self._compose(
                f"Burn{burn.name}",
                rule,
                feels=f"Requests fail {burn.rate:g} times as often as the objective allows for long; "
                f"{burn.spent:.0%} of the month's budget is gone.",
                runbook="objective",
                severity=burn.severity,
            )

    def _make(self, row: Row, watched: Watched) -> None:
        name = f"{self._name}-{row.name}-{watched.name}"
        if name in self.alarms:
            raise ValueError(f"There are two alarms {name}; give what they watch different names.")
        threshold = number(row.threshold, watched)
        topic = self._topics.pages if row.severity == "page" else self._topics.tickets
        actions = [topic.topic_arn] if row.notifies else None
        breaching, of = row.datapoints
        period = round(number(row.period, watched))
        self.alarms[name] = cloudwatch.CfnAlarm(
            self,
            f"{row.name}-{watched.name}",
            alarm_name=name,
            alarm_description=self._described(
                row.feels, f"{_verb(row)} when {row.when.format(threshold=threshold)}", row, period
            ),
            comparison_operator=COMPARISONS[row.comparison],
            threshold=threshold,
            evaluation_periods=of,
            datapoints_to_alarm=breaching,
            treat_missing_data=row.missing,
            alarm_actions=actions,
            ok_actions=actions,
            **_metrics(row, watched, period),
        )

    def _described(self, feels: str, when: str, row: Row, period: int) -> str:
        breaching, of = row.datapoints
        often = _spelled(period) if of == 1 else f"{breaching} of {of} times {_spelled(period)}"
        return f"{feels} {when} ({often}). {self._runbooks}{row.runbook}.md"

    def _compose(self, name: str, rule: str, *, feels: str, runbook: str, severity: str) -> None:
        full = f"{self._name}-{name}"
        actions = [(self._topics.pages if severity == "page" else self._topics.tickets).topic_arn]
        composite = cloudwatch.CfnCompositeAlarm(
            self,
            name,
            alarm_name=full,
            alarm_rule=rule,
            alarm_description=f"{feels} {self._runbooks}{runbook}.md",
            alarm_actions=actions,
            ok_actions=actions,
        )
        # A rule names alarms; that they have to be there before is not seen from a name.
        for member in (*self.alarms, *self.composites):
            if f'"{member}"' in rule:
                composite.add_resource_dependency(self.alarms.get(member) or self.composites[member])
        self.composites[full] = composite


def _verb(row: Row) -> str:
    if not row.notifies:
        return "In alarm"
    return "Pages" if row.severity == "page" else "Opens a ticket"


def _spelled(seconds: int) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds % length == 0:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"


def _metrics(row: Row, watched: Watched, period: int) -> dict[str, Any]:
    """The alarm's properties that say what it looks at."""
    found = spread(row, watched)
    if not row.expression:
        (metric,) = found[next(iter(row.series))]
        percentile = metric["statistic"].startswith(PERCENTILE)
        return {
            "namespace": metric["namespace"],
            "metric_name": metric["metric"],
            "extended_statistic" if percentile else "statistic": metric["statistic"],
            "dimensions": _dimensions(metric["dimensions"]) or None,
            "period": period,
        }
    queries = [
        {
            "id": metric["id"],
            "returnData": False,
            "metricStat": {
                "metric": {
                    "namespace": metric["namespace"],
                    "metricName": metric["metric"],
                    "dimensions": _dimensions(metric["dimensions"]),
                },
                "period": period,
                "stat": metric["statistic"],
            },
        }
        for metrics in found.values()
        for metric in metrics
    ]
    ids = {name: [metric["id"] for metric in metrics] for name, metrics in found.items()}
    return {"metrics": [{"id": "value", "expression": calculated(row, ids), "returnData": True}, *queries]}


def _dimensions(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in dimensions.items()]
