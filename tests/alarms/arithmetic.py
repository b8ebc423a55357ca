"""CloudWatch's arithmetic, as far as our alarms use it: statistics, metric math, M of N, missing data.

An alarm is evaluated once a minute, over windows that end then:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Number = float | None
#: (Namespace, name, dimensions) and a minute → what was published in it.
World = Callable[[str, str, Mapping[str, str], int], Number]

COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


@dataclass
class Told:
    """Invented series: (name of a metric, value of one of its dimensions or "") → minute → value.

    What is not told is missing.
    """

    series: dict[tuple[str, str], Callable[[int], Number]] = field(default_factory=dict)

    def tell(
        self, metric: str, values: float | Sequence[Number] | Callable[[int], Number], of: str = ""
    ) -> "Told":
        """A constant, one value a minute, or what a function says of a minute."""
        if callable(values):
            self.series[metric, of] = values
        elif isinstance(values, int | float):
            constant = float(values)
            self.series[metric, of] = lambda _: constant
        else:
            several = list(values)
            self.series[metric, of] = lambda minute: several[minute] if 0 <= minute < len(several) else None
        return self

    def __call__(self, _: str, metric: str, dimensions: Mapping[str, str], minute: int) -> Number:
        for value in (*dimensions.values(), ""):
            if (metric, str(value)) in self.series:
                return self.series[metric, str(value)](minute)
        return None


@dataclass
class Evaluated:
    """An alarm of a template, and the state it is in."""

    properties: Mapping[str, Any]
    state: State = "INSUFFICIENT_DATA"

    @property
    def name(self) -> str:
        return str(self.properties["AlarmName"])

    def step(self, world: World, minute: int) -> State:
        """Its state after this minute."""
        of, needed = self.properties["EvaluationPeriods"], self.properties["DatapointsToAlarm"]
        compare = COMPARE[self.properties["ComparisonOperator"]]
        threshold, missing = float(self.properties["Threshold"]), self.properties["TreatMissingData"]
        judged: list[bool | None] = []
        for ago in range(of):
            value = self._value(world, minute, ago)
            if value is not None:
                judged.append(compare(value, threshold))
            else:
                judged.append({"breaching": True, "notBreaching": False}.get(missing))
        known = [each for each in judged if each is not None]
        undecided = len(judged) - len(known)
        if sum(known) >= needed:
            self.state = "ALARM"
        elif missing == "ignore" and undecided and sum(known) + undecided >= needed:
            pass  # it stays as it is
        elif known:
            self.state = "OK"
        else:
            self.state = "INSUFFICIENT_DATA"
        return self.state

    def _value(self, world: World, minute: int, ago: int) -> Number:
        if "Metrics" not in self.properties:
            statistic = self.properties.get("Statistic") or self.properties["ExtendedStatistic"]
            return _statistic(world, self.properties, statistic, self.properties["Period"], minute, ago)
        ids: dict[str, Number] = {}
        for query in self.properties["Metrics"]:
            if "MetricStat" in query:
                stat = query["MetricStat"]
                ids[query["Id"]] = _statistic(
                    world, stat["Metric"], stat["Stat"], stat["Period"], minute, ago
                )
        (expression,) = [one["Expression"] for one in self.properties["Metrics"] if "Expression" in one]
        return calculate(expression, ids)


def _statistic(
    world: World, metric: Mapping[str, Any], statistic: str, period: int, minute: int, ago: int
) -> Number:
    last = minute - ago * period // 60
    dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
    values = [
        value
        for each in range(last - period // 60 + 1, last + 1)
        if (value := world(metric["Namespace"], metric["MetricName"], dimensions, each)) is not None
    ]
    if not values:
        return None
    match statistic:
        case "Sum":
            return sum(values)
        case "Average":
            return sum(values) / len(values)
        case "Minimum":
            return min(values)
        case "Maximum" | "p99":  # told as the slowest of each minute
            return max(values)
    raise ValueError(f"unknown statistic {statistic}")


def calculate(expression: str, ids: Mapping[str, Number]) -> Number:
    """Metric math of numbers; whatever is made of something missing is missing, and so is a division by 0."""
    python = re.sub(r"\bAND\b", " and ", re.sub(r"\bOR\b", " or ", expression))
    return _of(ast.parse(python, mode="eval").body, ids)


def _of(node: ast.expr, ids: Mapping[str, Number]) -> Number:
    match node:
        case ast.Constant(value=int() | float() as constant):
            return float(constant)
        case ast.Name(id=name):
            return ids[name]
        case ast.Call(func=ast.Name(id="FILL"), args=[series, other]):
            value = _of(series, ids)
            return _of(other, ids) if value is None else value
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            holds = _of(condition, ids)
            return None if holds is None else _of(then if holds else otherwise, ids)
        case ast.Call(func=ast.Name(id="MAX"), args=[ast.List(elts=several)]):
            values = [value for each in several if (value := _of(each, ids)) is not None]
            return max(values) if values else None
        case ast.BoolOp(op=joined, values=several):
            parts = [_of(each, ids) for each in several]
            together = all if isinstance(joined, ast.And) else any
            return None if None in parts else float(together(parts))
        case ast.BinOp() | ast.Compare():
            return _of_two(node, ids)
    raise ValueError(f"unknown metric math: {ast.unparse(node)}")


def _of_two(node: ast.BinOp | ast.Compare, ids: Mapping[str, Number]) -> Number:
    if isinstance(node, ast.BinOp):
        first, second, apply = node.left, node.right, OPERATORS[type(node.op)]
    else:
        first, second, apply = node.left, node.comparators[0], OPERATORS[type(node.ops[0])]
    left, right = _of(first, ids), _of(second, ids)
    if left is None or right is None:
        return None
    try:
        return float(apply(left, right))
    except ZeroDivisionError:
        return None


def holds(rule: str, states: Mapping[str, State]) -> bool:
    """Whether a composite alarm's rule is fulfilled: alarms of which all, or any, are in alarm."""
    together = all if " AND " in rule else any
    return together(states[name] == "ALARM" for name in re.findall(r'ALARM\("([^"]+)"\)', rule))
