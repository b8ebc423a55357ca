"""What a deployment costs in a month in which nobody uses it, from its templates and `tools/prices.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.assembly import Assembly, Resource

ROOT: Final = Path(__file__).resolve().parent.parent
PRICES: Final[dict[str, Any]] = tomllib.loads((ROOT / "tools" / "prices.toml").read_text())

HOURS: Final = 730
#: Assumed of a call by a schedule, and of its line of log; not measured on AWS.
SECONDS: Final = 0.4
KILOBYTES: Final = 1.0
#: Five pollers, each of which waits 20 seconds for a message:
#: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
POLLS_AN_HOUR: Final = 5 * 180
#: A watchdog keeps the secret for 15 minutes; readiness, which it asks, for 5, as all functions do.
SECRETS_AN_HOUR: Final = 4 + 12
CALLS_AN_HOUR: Final = {"rate(1 minute)": 60, "rate(1 hour)": 1}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """A line of the bill: what it costs, and what is left of that after what AWS gives for nothing."""

    what: str
    count: float
    dollars: float
    paid: float


def metrics(alarm: Resource) -> int:
    """How many metrics an alarm is paid for."""
    return sum("MetricStat" in query for query in alarm.properties.get("Metrics", [])) or 1


def bill(assembly: Assembly) -> list[Cost]:
    """The lines, the dearest first."""
    alarms = sum(map(metrics, assembly.resources("AWS::CloudWatch::Alarm")))
    composites = len(list(assembly.resources("AWS::CloudWatch::CompositeAlarm")))
    secrets = sum(
        1 + len(one.properties.get("ReplicaRegions", []))
        for one in assembly.resources("AWS::SecretsManager::Secret")
    )
    firewalls = list(assembly.resources("AWS::WAFv2::WebACL"))
    rules = sum(len(one.properties["Rules"]) for one in firewalls)
    rules_of_events = assembly.resources("AWS::Events::Rule")
    schedules = [one for one in rules_of_events if "ScheduleExpression" in one.properties]
    calls = sum(CALLS_AN_HOUR[one.properties["ScheduleExpression"]] * HOURS for one in schedules)
    looks = sum(HOURS * 60 for one in schedules if "Watchdog" in one.id)
    memory = sum(
        CALLS_AN_HOUR[one.properties["ScheduleExpression"]] * HOURS * SECONDS * _gigabytes(assembly, one)
        for one in schedules
    )
    queues = len(list(assembly.resources("AWS::Lambda::EventSourceMapping")))
    polls = queues * POLLS_AN_HOUR * HOURS
    lines = [
        _cost("metrics of alarms", alarms, "alarm_metric"),
        _cost("composite alarms", composites, "composite_alarm"),
        _cost("metrics of our own that schedules publish", len(schedules), "custom_metric"),
        _cost("secrets and their replicas", secrets, "secret"),
        _cost("firewalls", len(firewalls), "web_acl"),
        _cost("rules of firewalls", rules, "web_acl_rule"),
        _cost("calls of functions by schedules", calls, "lambda_requests", of=1e6),
        _cost("gigabyte-seconds of these calls", memory, "lambda_gigabyte_seconds"),
        _cost(
            "reads of secrets by watchdogs and readiness",
            looks / 60 * SECRETS_AN_HOUR,
            "secret_calls",
            of=1e4,
        ),
        _cost("requests of watchdogs to APIs", looks, "api_requests", of=1e6),
        _cost("units of reading by readiness", looks * 2, "table_reads", of=1e6),
        _cost("polls of queues by consumers", polls, "queue_requests", of=1e6),
        _cost("gigabytes of log", (calls + 2 * looks) * KILOBYTES / 1e6, "logs"),
    ]
    return sorted((one for one in lines if one.count), key=lambda one: -one.dollars)


def total(assembly: Assembly) -> tuple[float, float]:
    """Dollars a month, and those that are left to pay."""
    lines = bill(assembly)
    return sum(one.dollars for one in lines), sum(one.paid for one in lines)


def _cost(what: str, count: float, price: str, *, of: float = 1) -> Cost:
    dollars, free = float(PRICES[price]["dollars"]) / of, float(PRICES[price].get("free", 0))
    return Cost(what=what, count=count, dollars=count * dollars, paid=max(0, count - free) * dollars)


def _gigabytes(assembly: Assembly, rule: Resource) -> float:
    """The memory of the function behind a schedule."""
    resources = assembly.templates[rule.stack]["Resources"]
    (target,) = rule.properties["Targets"]
    version = resources[target["Arn"]["Ref"]]["Properties"]["FunctionName"]["Ref"]
    return float(resources[version]["Properties"]["MemorySize"]) / 1024
