"""What a deployment costs in a month in which nobody uses it, from its templates and `tools/prices.toml`."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from notices.due import SHARDS
from tools.assembly import Assembly, Resource
from twinhull.watchdog.handler import DRAIN_HOURS

ROOT: Final = Path(__file__).resolve().parent.parent
PRICES: Final[dict[str, Any]] = tomllib.loads((ROOT / "tools" / "prices.toml").read_text())

HOURS: Final = 730
EACH_MINUTE: Final = HOURS * 60
CALLS: Final = {"rate(1 minute)": EACH_MINUTE, "rate(1 hour)": HOURS}


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a warm call takes that finds all well; secrets are asked for now and then."""

    seconds: float
    kilobytes: float
    table_reads: float = 0
    secrets_an_hour: float = 0


#: By the function's id. Seconds: the processor's time as measured, at the function's share of a core (of a
#: whole one 3 ms for a sweep, half a one for readiness, 10 for a look with its TLS), and waiting as assumed
#: for two regions 70 ms apart. Kilobytes: our line as measured, and the two of Lambda's. Secrets: a watchdog
#: keeps one for 15 minutes, readiness for 5, as all functions do.
TAKES: Final = {
    "Watchdog": Call(seconds=0.4, kilobytes=0.8, secrets_an_hour=4),
    "Sweeper": Call(seconds=0.2, kilobytes=0.9, table_reads=2 * SHARDS * 0.5),
    "KeyRotation": Call(seconds=0.2, kilobytes=1.0, secrets_an_hour=1),
    "Health": Call(seconds=0.1, kilobytes=0.8, secrets_an_hour=12, table_reads=1),
}
#: A line of an API's access log.
ACCESS_KILOBYTES: Final = 0.4
#: Five pollers, each of which waits 20 seconds for a message; with a limit to concurrency they stay five:
#: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
POLLS_AN_HOUR: Final = 5 * 180
#: Hours of a month in which the rotation publishes the age of the key: two of each day.
AGE_HOURS: Final = HOURS / 12
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
METRICS_OF_A_REPLICATION: Final = 4
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
METRICS_OF_A_ROUTE: Final = 6


@dataclass(frozen=True, kw_only=True)
class Cost:
    """A line of the bill: what it costs, and what is left of that after what AWS gives for nothing."""

    what: str
    count: float
    dollars: float
    paid: float


@dataclass(frozen=True, kw_only=True)
class Called:
    """A function, how often it is called by schedules in a month, and what each call takes."""

    function: Resource
    calls: float
    takes: Call

    @property
    def gigabytes(self) -> float:
        return float(self.function.properties["MemorySize"]) / 1024

    @property
    def is_traced(self) -> bool:
        return bool(self.function.properties.get("TracingConfig", {}).get("Mode") == "Active")


def metrics(alarm: Resource) -> int:
    """How many metrics an alarm is paid for."""
    return sum("MetricStat" in query for query in alarm.properties.get("Metrics", [])) or 1


def bill(assembly: Assembly) -> list[Cost]:
    """The lines, the dearest first."""
    alarms = sum(map(metrics, assembly.resources("AWS::CloudWatch::Alarm")))
    secrets = sum(
        1 + len(one.properties.get("ReplicaRegions", []))
        for one in assembly.resources("AWS::SecretsManager::Secret")
    )
    firewalls = list(assembly.resources("AWS::WAFv2::WebACL"))
    called = list(_called(assembly))
    looks = sum(one.calls for one in called if one.function.id.startswith("Watchdog"))
    asks = sum(HOURS * one.takes.secrets_an_hour for one in called)
    telling = sum(_tells_by_metrics(one) for one in called)
    polls = _count(assembly, "AWS::Lambda::EventSourceMapping") * POLLS_AN_HOUR * HOURS
    kilobytes = sum(one.calls * one.takes.kilobytes for one in called) + looks * ACCESS_KILOBYTES
    lines = [
        _cost("metrics of alarms", alarms, "alarm_metric"),
        _cost("composite alarms", _count(assembly, "AWS::CloudWatch::CompositeAlarm"), "composite_alarm"),
        _cost("metrics that are published while nobody comes", _published(assembly, called), "custom_metric"),
        _cost("secrets and their replicas", secrets, "secret"),
        _cost("firewalls", len(firewalls), "web_acl"),
        _cost("rules of firewalls", sum(len(one.properties["Rules"]) for one in firewalls), "web_acl_rule"),
        _cost("calls of functions", sum(one.calls for one in called), "lambda_requests", of=1e6),
        _cost(
            "gigabyte-seconds of these calls",
            sum(one.calls * one.takes.seconds * one.gigabytes for one in called),
            "lambda_gigabyte_seconds",
        ),
        _cost("traces of these calls", sum(one.calls for one in called if one.is_traced), "traces", of=1e6),
        _cost("reads of secrets", asks, "secret_calls", of=1e4),
        _cost("requests of watchdogs to APIs", looks, "api_requests", of=1e6),
        _cost(
            "units of reading tables",
            sum(one.calls * one.takes.table_reads for one in called),
            "table_reads",
            of=1e6,
        ),
        _cost("looks whether a region is drained", telling * HOURS / DRAIN_HOURS, "store_calls", of=1e3),
        _cost("polls of queues by consumers", polls, "queue_requests", of=1e6),
        _cost("gigabytes of log", kilobytes / 1e6, "logs"),
    ]
    return sorted((one for one in lines if one.count), key=lambda one: -one.dollars)


def total(assembly: Assembly) -> tuple[float, float]:
    """Dollars a month, and those that are left to pay."""
    lines = bill(assembly)
    return sum(one.dollars for one in lines), sum(one.paid for one in lines)


def _cost(what: str, count: float, price: str, *, of: float = 1) -> Cost:
    dollars, free = float(PRICES[price]["dollars"]) / of, float(PRICES[price].get("free", 0))
    return Cost(what=what, count=count, dollars=count * dollars, paid=max(0, count - free) * dollars)


def _count(assembly: Assembly, kind: str) -> int:
    return len(list(assembly.resources(kind)))


def _called(assembly: Assembly) -> Iterator[Called]:
    """What schedules call, and readiness, which each look of a watchdog asks in the other region.

    :raises KeyError: a schedule calls something that `TAKES` does not know, or as often as `CALLS` does not.
    """
    looks = 0.0
    for rule in assembly.resources("AWS::Events::Rule"):
        if "ScheduleExpression" not in rule.properties:
            continue
        resources = assembly.templates[rule.stack]["Resources"]
        (target,) = rule.properties["Targets"]
        id = resources[target["Arn"]["Ref"]]["Properties"]["FunctionName"]["Ref"]
        function = Resource(stack=rule.stack, region=rule.region, id=id, body=resources[id])
        (name,) = [each for each in TAKES if id.startswith(each)] or [id]
        one = Called(function=function, calls=CALLS[rule.properties["ScheduleExpression"]], takes=TAKES[name])
        looks += one.calls if name == "Watchdog" else 0
        yield one
    health = [one for (_, name), one in assembly.functions().items() if name == "health"]
    for function in health:
        yield Called(function=function, calls=looks / len(health), takes=TAKES["Health"])


def _tells_by_metrics(one: Called) -> bool:
    variables = one.function.properties["Environment"]["Variables"]
    return bool(variables.get("TELLS_BY") == "metric")


def _published(assembly: Assembly, called: list[Called]) -> float:
    """How many metrics, each by the share of the month in which it is published."""
    ours = sum(map(_tells_by_metrics, called))
    ages = sum(AGE_HOURS / HOURS for one in called if one.function.id.startswith("KeyRotation"))
    replications = sum(
        '"Metrics"' in json.dumps(one.properties).replace("\\", "")
        for one in assembly.resources("Custom::BucketReplication")
    )
    # Of its routes only that of readiness is asked.
    stages = sum(
        bool(one.properties.get("DefaultRouteSettings", {}).get("DetailedMetricsEnabled"))
        for one in assembly.resources("AWS::ApiGatewayV2::Stage")
    )
    return ours + ages + replications * METRICS_OF_A_REPLICATION + stages * METRICS_OF_A_ROUTE
