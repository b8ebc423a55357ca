"""Every resource has its alarms, and every alarm all that it needs: shown to fail when a row is taken out."""

import ast
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.alarms.region import plain
from tools.assembly import Assembly, Resource
from twinhull.alarms.rows import ROWS

ROOT = Path(__file__).resolve().parents[2]
SERVICES = tomllib.loads((ROOT / "tools" / "aws_metrics.toml").read_text())["service"]
OURS = "twinhull"

#: Of which resources which metrics must have an alarm, independent of the table.
REQUIRED: Mapping[str, set[str]] = {
    "AWS::Lambda::Function": {"Errors", "Throttles", "Duration"},
    "AWS::Events::Rule": {"Invocations", "AsyncEventsDropped"},
    "AWS::ApiGatewayV2::Stage": {"5xx", "Latency", "Count"},
    "AWS::DynamoDB::GlobalTable": {
        "SystemErrors",
        "ReadThrottleEvents",
        "WriteThrottleEvents",
        "SuccessfulRequestLatency",
    },
    "AWS::SQS::Queue": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesNotVisible"},
    "dead letters": {"ApproximateNumberOfMessagesVisible"},
    "AWS::CloudFront::Distribution": {"5xxErrorRate"},
    "AWS::CloudFront::Function": {
        "FunctionExecutionErrors",
        "FunctionValidationErrors",
        "FunctionThrottles",
    },
    "AWS::WAFv2::WebACL": {"BlockedRequests"},
    "AWS::CertificateManager::Certificate": {"DaysToExpiry"},
    "Custom::BucketReplication": {"OperationsFailedReplication", "ReplicationLatency"},
}

#: Types whose metrics AWS recommends no alarm for, or that have none.
WITHOUT = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::CDK::Metadata",
    "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::KeyValueStore",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::LogGroup",
    "AWS::Logs::QueryDefinition",
    "AWS::Route53::RecordSet",
    "AWS::S3::Bucket",  # the pages' own, which only CloudFront reads
    "AWS::S3::BucketPolicy",
    "AWS::SES::ConfigurationSet",  # watched for the account, as SES judges it
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::EmailIdentity",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::Secret",
    "Custom::CDKBucketDeployment",
}

Looked = tuple[str, str, str]  # region, metric, a value of its dimensions


def alarms(assembly: Assembly) -> list[Resource]:
    return list(assembly.resources("AWS::CloudWatch::Alarm"))


def metrics(alarm: Resource) -> Iterator[dict[str, Any]]:
    """The metrics that an alarm looks at, each with namespace, name and dimensions."""
    if "Metrics" not in alarm.properties:
        yield alarm.properties
    for query in alarm.properties.get("Metrics", []):
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]


def looked_at(assembly: Assembly) -> set[Looked]:
    """Everything that some alarm looks at."""
    return {
        (alarm.region, metric["MetricName"], str(plain(one["Value"])))
        for alarm in alarms(assembly)
        for metric in metrics(alarm)
        for one in metric.get("Dimensions", [])
    }


def watched(assembly: Assembly) -> Iterator[tuple[str, str, str, str]]:
    """(Region of the metrics, type, what its dimensions say of it, its path) of everything that has some."""
    dead = {
        str(plain(queue.properties["RedrivePolicy"]["deadLetterTargetArn"]))
        for queue in assembly.resources("AWS::SQS::Queue")
        if "RedrivePolicy" in queue.properties
    }
    ours = {
        one.id
        for one in assembly.resources("AWS::Lambda::Function")
        if not one.id.startswith(("CustomCDKBucketDeployment", "AWS679f53fac"))
    }
    regions = {assembly.region(stack) for stack in assembly.stacks}
    for one in assembly.resources(*REQUIRED):
        match one.type:
            case "AWS::Lambda::Function" if one.id not in ours:
                continue  # the CDK's own, which runs only while it is deployed, and fails the deployment
            case "AWS::Events::Rule" if "ScheduleExpression" not in one.properties:
                continue  # events come when there are some
            case "Custom::BucketReplication":
                call = json.loads(str(plain(one.properties["Delete"])))
                yield one.region, one.type, call["parameters"]["Bucket"], one.path
            case "AWS::Events::Rule":
                for target in one.properties["Targets"]:
                    alias = assembly.templates[one.stack]["Resources"][target["Arn"]["Ref"]]
                    function = plain(alias["Properties"]["FunctionName"])
                    yield one.region, one.type, str(function), one.path
            case "AWS::DynamoDB::GlobalTable":
                for replica in one.properties["Replicas"]:
                    if replica["Region"] in regions:  # the witness has no metrics
                        yield replica["Region"], one.type, one.properties["TableName"], one.path
            case "AWS::SQS::Queue":
                yield one.region, "dead letters" if one.id in dead else one.type, one.id, one.path
            case "AWS::WAFv2::WebACL":
                yield one.region, one.type, one.properties["VisibilityConfig"]["MetricName"], one.path
            case "AWS::CloudFront::Function":
                yield one.region, one.type, str(plain(one.properties["Name"])), one.path
            case "AWS::ApiGatewayV2::Stage":
                yield one.region, one.type, str(plain(one.properties["ApiId"])), one.path
            case _:
                yield one.region, one.type, one.id, one.path


def unwatched(assembly: Assembly) -> list[str]:
    """What has no alarm that it must have, in sentences."""
    seen = looked_at(assembly)
    return [
        f"{path}: no alarm for {metric} in {region}"
        for region, kind, value, path in watched(assembly)
        for metric in sorted(REQUIRED[kind])
        if not any(
            (where, name) == (region, metric) and (said == value or said.startswith(f"{value}:"))
            for where, name, said in seen
        )
    ]


@pytest.fixture(scope="module")
def with_domain(synthesize: Callable[..., Assembly]) -> Assembly:
    """Everything that there can be."""
    return synthesize(
        domain_name="app.example.com", hosted_zone_id="Z0123456789ABC", sender="notices@example.com"
    )


def should_watch_every_resource(assembly: Assembly, with_domain: Assembly) -> None:
    assert len(list(watched(assembly))) > 20
    assert unwatched(assembly) == []
    assert unwatched(with_domain) == []


def should_have_decided_about_every_type(with_domain: Assembly) -> None:
    found = {one.type for one in with_domain.resources()}
    assert found - set(REQUIRED) - WITHOUT == set()


def rows_without_trace(rows: set[str], assembly: Assembly) -> list[str]:
    made = {alarm.properties["AlarmName"].split("-")[1] for alarm in alarms(assembly)}
    return sorted(rows - made)


FULL = {row.name for row in ROWS if row.full}
LEAN = {row.name for row in ROWS if row.lean}


def should_make_an_alarm_of_every_row(with_domain: Assembly, lean: Assembly) -> None:
    assert rows_without_trace(FULL, with_domain) == []
    assert rows_without_trace(LEAN, lean) == []


@pytest.mark.parametrize("row", sorted(FULL))
def should_miss_each_row_that_is_taken_out(row: str, with_domain: Assembly) -> None:
    cut = without(with_domain, row)
    assert {*unwatched(cut), *rows_without_trace(FULL, cut)} > set(unwatched(with_domain))


@pytest.mark.parametrize("row", sorted(LEAN))
def should_miss_each_row_that_is_taken_out_of_few(row: str, lean: Assembly) -> None:
    assert rows_without_trace(LEAN, without(lean, row)) == [row]


def should_have_no_row_that_nobody_makes() -> None:
    assert {row.name for row in ROWS} == FULL | LEAN


@pytest.mark.parametrize(
    ("row", "metric"),
    [
        ("FunctionErrorRate", "Errors"),
        ("FunctionErrors", "Errors"),
        ("FunctionThrottles", "Throttles"),
        ("FunctionDuration", "Duration"),
        ("ScheduleStopped", "Invocations"),
        ("EventsDropped", "AsyncEventsDropped"),
        ("ApiLatency", "Latency"),
        ("TableSystemErrors", "SystemErrors"),
        ("TableLatency", "SuccessfulRequestLatency"),
        ("EdgeErrors", "5xxErrorRate"),
        ("EdgeFunctionErrors", "FunctionExecutionErrors"),
        ("FirewallBlocks", "BlockedRequests"),
        ("CertificateExpires", "DaysToExpiry"),
    ],
)
def should_name_the_resource_that_lost_its_alarm(row: str, metric: str, with_domain: Assembly) -> None:
    assert any(f"no alarm for {metric} in " in one for one in unwatched(without(with_domain, row)))


def without(assembly: Assembly, row: str) -> Assembly:
    """The same assembly without the alarms of a row."""
    cut = Assembly(assembly.path)
    cut.__dict__["templates"] = {
        stack: {
            **template,
            "Resources": {
                id: body
                for id, body in template["Resources"].items()
                if body["Type"] != "AWS::CloudWatch::Alarm"
                or body["Properties"]["AlarmName"].split("-")[1] != row
            },
        }
        for stack, template in assembly.templates.items()
    }
    return cut


def should_call_every_schedule_in_time(assembly: Assembly) -> None:
    """The time after which a schedule counts as stopped is that of five of its calls."""
    every = {"rate(1 minute)": 60, "rate(1 hour)": 3600}
    stopped = {
        (alarm.region, str(plain(alarm.properties["Dimensions"][0]["Value"]))): alarm.properties["Period"]
        for alarm in alarms(assembly)
        if "-ScheduleStopped-" in alarm.properties["AlarmName"]
    }
    found = 0
    for region, kind, function, path in watched(assembly):
        if kind == "AWS::Events::Rule":
            (rule,) = [one for one in assembly.resources(kind) if one.path == path]
            assert stopped[region, function] == 5 * every[rule.properties["ScheduleExpression"]]
            found += 1
    assert found >= 3


def should_watch_the_pressure_on_each_kind_of_list_with_one_partition(assembly: Assembly) -> None:
    """Of indexes with the same key and the same content one stands for all: they are written together."""
    (users,) = (
        one for one in assembly.resources("AWS::DynamoDB::GlobalTable") if "registered" in str(one.properties)
    )
    hot = {
        index["KeySchema"][0]["AttributeName"]: index["IndexName"]
        for index in reversed(users.properties["GlobalSecondaryIndexes"])
        if index["KeySchema"][0]["AttributeName"] in {"listed", "uploads"}
    }
    assert len(hot) == 2
    pressure = {
        (alarm.region, plain(metric["Dimensions"][1]["Value"]))
        for alarm in alarms(assembly)
        for metric in metrics(alarm)
        if metric["MetricName"] == "ConsumedWriteCapacityUnits"
    }
    assert pressure == {(region, name) for region in ("us-east-1", "us-west-2") for name in hot.values()}


RUNBOOK = re.compile(r"docs/runbooks/[a-z-]+\.md$")
WHEN = re.compile(r"^[A-Z].+\. (Pages|Opens a ticket|In alarm) when .+\(.*(minute|hour|day).*\)\. ")
KINDS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


def faults(assembly: Assembly) -> set[tuple[str, str]]:
    """(Name, what is wrong) of each alarm that lacks what each must have."""
    found: set[tuple[str, str]] = set()
    every = list(assembly.resources(*KINDS))
    names = Counter((one.region, one.properties["AlarmName"]) for one in every)
    rules = " ".join(
        one.properties["AlarmRule"]
        for one in every
        if one.type.endswith("CompositeAlarm") and one.properties.get("AlarmActions")
    )
    for one in every:
        name, description = one.properties["AlarmName"], one.properties.get("AlarmDescription", "")
        runbook = RUNBOOK.search(description)
        wrong = {
            "tells nobody": not one.properties.get("AlarmActions") and f'ALARM("{name}")' not in rules,
            "has a name that another one has": names[one.region, name] > 1,
            "names no runbook that is there": not runbook or not (ROOT / runbook[0]).exists(),
            "is described too long": len(description) > 1024,
        }
        if not one.type.endswith("CompositeAlarm"):
            chosen = {"notBreaching", "breaching", "ignore", "missing"}
            wrong["treats missing data by accident"] = one.properties.get("TreatMissingData") not in chosen
            wrong["does not say what people feel, and when"] = not WHEN.search(description)
        found |= {(name, what) for what, is_so in wrong.items() if is_so}
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["assembly", "with_domain", "lean"])
def should_give_every_alarm_what_it_needs(kind: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(kind)
    assert len(list(found.resources(*KINDS))) >= 13
    assert faults(found) == set()


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("ApiLatency-Api", {"AlarmActions": []}, "tells nobody"),
        ("BurnFastLong-Api", {"AlarmName": "twinhull-Other-Api"}, "tells nobody"),
        ("BurnSlow", {"AlarmActions": []}, "tells nobody"),
        ("ApiLatency-Api", {"AlarmName": "twinhull-ApiErrors-Api"}, "has a name that another one has"),
        ("ApiErrors-Api", {"AlarmDescription": "docs/runbooks/none.md"}, "names no runbook that is there"),
        ("BurnFast", {"AlarmDescription": "Requests fail."}, "names no runbook that is there"),
        ("ApiErrors-Api", {"AlarmDescription": "x" * 1025}, "is described too long"),
        ("ApiErrors-Api", {"TreatMissingData": None}, "treats missing data by accident"),
        (
            "ApiErrors-Api",
            {"AlarmDescription": "Pages when it fails (1 minute). docs/runbooks/api.md"},
            "does not say what people feel, and when",
        ),
    ],
)
def should_report_what_an_alarm_lacks(
    name: str, change: dict[str, Any], what: str, assembly: Assembly
) -> None:
    broken = Assembly(assembly.path)
    broken.__dict__["templates"] = deepcopy(assembly.templates)
    (one,) = [
        one
        for one in broken.resources(*KINDS, stack="compute-us-east-1")
        if one.properties["AlarmName"] == f"twinhull-{name}"
    ]
    one.properties.update(change)
    assert what in {fault for _, fault in faults(broken)}


def should_use_every_runbook(with_domain: Assembly, lean: Assembly) -> None:
    named = {
        Path(RUNBOOK.findall(one.properties["AlarmDescription"])[0]).stem
        for each in (with_domain, lean)
        for one in each.resources(*KINDS)
    }
    assert named == {row.runbook for row in ROWS} | {"region", "objective"}


def should_fill_what_is_missing_of_dynamodb(assembly: Assembly) -> None:
    """CloudWatch ignores TreatMissingData for these metrics, and keeps the state that an alarm is in."""
    found = 0
    for alarm in alarms(assembly):
        if any(metric["Namespace"] == "AWS/DynamoDB" for metric in metrics(alarm)):
            (math,) = [one for one in alarm.properties["Metrics"] if "Expression" in one]
            for query in alarm.properties["Metrics"]:
                if "MetricStat" in query:
                    assert f"FILL({query['Id']},0)" in math["Expression"]
            found += 1
    assert found > 10


def published() -> dict[str, set[str]]:
    return {service["namespace"]: set(service["metrics"]) for service in SERVICES} | {OURS: emitted()}


def emitted() -> set[str]:
    """The metrics that our code writes, read from the code."""
    found: set[str] = set()
    for path in (ROOT / "lambdas").rglob("*.py"):
        for call in calls(ast.parse(path.read_text()), "count", "measure"):
            if path.parent.name != "telemetry" and isinstance(call.args[0], ast.Constant):
                found.add(str(call.args[0].value))
    watchdog = ast.parse((ROOT / "twinhull" / "watchdog" / "handler.py").read_text())
    values = {
        node.targets[0].id: str(node.value.value)
        for node in watchdog.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    return found | {values[call.args[0].id] for call in calls(watchdog, "_emit")}  # type: ignore[attr-defined]


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """The calls of functions with these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
            yield node


def unpublished(assembly: Assembly, known: Mapping[str, set[str]]) -> set[str]:
    """The metrics of alarms that nobody publishes."""
    return {
        metric["MetricName"]
        for alarm in alarms(assembly)
        for metric in metrics(alarm)
        if metric["MetricName"] not in known[metric["Namespace"]]
    }


def should_look_only_at_metrics_that_somebody_publishes(with_domain: Assembly, lean: Assembly) -> None:
    assert unpublished(with_domain, published()) == set()
    assert unpublished(lean, published()) == set()


def should_report_a_metric_that_our_code_emits_no_more(with_domain: Assembly) -> None:
    known = published()
    assert unpublished(with_domain, known | {OURS: known[OURS] - {"KeyAgeDays"}}) == {"KeyAgeDays"}


def should_find_the_metrics_that_our_code_emits() -> None:
    assert {"Registrations", "FailedLogIns", "KeyAgeDays", "PeerRegionHealthy", "Drained"} <= emitted()


def should_have_what_aws_recommends_or_a_reason() -> None:
    covered = {(series.namespace, series.metric) for row in ROWS for series in row.series.values()}
    for service in SERVICES:
        assert service["page"].startswith("https://docs.aws.amazon.com/")
        left_out = service.get("left_out", {})
        for metric in service["recommended"]:
            has = (service["namespace"], metric) in covered
            assert has != (metric in left_out), (service["name"], metric)
        assert left_out.keys() <= set(service["recommended"])
        assert all(len(reason.split()) >= 4 for reason in left_out.values())


def should_keep_within_the_budget_of_metrics(with_domain: Assembly) -> None:
    assert sum(len(list(metrics(alarm))) for alarm in alarms(with_domain)) <= 200
