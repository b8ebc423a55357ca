"""docs/alarms.md is what the table, the templates and the prices say, and within the budget."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tools.alarms import PAGE, page
from tools.assembly import Assembly
from tools.idle import PRICES, TAKES, bill, metrics, total

ROOT = Path(__file__).resolve().parents[2]

FULL, LEAN, METRICS = 45, 5, 200


def should_be_fresh(assembly: Assembly, lean: Assembly) -> None:
    assert PAGE.read_text() == page(assembly, lean), "run .venv/bin/python -m tools.alarms"


def should_keep_the_idle_deployment_within_its_budget(assembly: Assembly) -> None:
    asked, _ = total(assembly)
    assert asked <= FULL
    assert sum(map(metrics, assembly.resources("AWS::CloudWatch::Alarm"))) <= METRICS


def should_keep_both_regions_for_five_dollars(lean: Assembly) -> None:
    """By the list price, without what AWS gives for nothing."""
    assert {lean.region(stack) for stack in lean.stacks} == {"us-east-1", "us-west-2"}
    asked, paid = total(lean)
    assert paid <= asked <= LEAN


Body = dict[str, Any]


def _bodies(templates: dict[str, Any], kind: str) -> Iterator[Body]:
    for template in templates.values():
        yield from (body for body in template["Resources"].values() if body["Type"] == kind)


def _publish(templates: dict[str, Any]) -> None:
    for body in _bodies(templates, "AWS::Lambda::Function"):
        variables = body["Properties"].get("Environment", {}).get("Variables", {})
        if "TELLS_BY" in variables:
            variables["TELLS_BY"] = "metric"


def _trace(templates: dict[str, Any]) -> None:
    for body in _bodies(templates, "AWS::Lambda::Function"):
        body["Properties"]["TracingConfig"] = {"Mode": "Active"}


def _detail(templates: dict[str, Any]) -> None:
    for body in _bodies(templates, "AWS::ApiGatewayV2::Stage"):
        body["Properties"]["DefaultRouteSettings"]["DetailedMetricsEnabled"] = True


def _measure_copies(templates: dict[str, Any]) -> None:
    for body in _bodies(templates, "Custom::BucketReplication"):
        text = json.dumps(body["Properties"])
        body["Properties"] = json.loads(text.replace('\\"Priority\\"', '\\"Metrics\\":{},\\"Priority\\"'))


def _keep_another_secret(templates: dict[str, Any]) -> None:
    (stack,) = [each for each in templates if "stateful-us-east-1" in each]
    templates[stack]["Resources"]["Another"] = {"Type": "AWS::SecretsManager::Secret", "Properties": {}}


def _have_a_core(templates: dict[str, Any]) -> None:
    for body in _bodies(templates, "AWS::Lambda::Function"):
        body["Properties"]["MemorySize"] = 1769


def _alarm(templates: dict[str, Any]) -> None:
    (stack,) = [each for each in templates if "compute-us-east-1" in each]
    templates[stack]["Resources"]["Another"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}


@pytest.mark.parametrize(
    ("change", "at_least"),
    [
        (_publish, 1.0),
        (_trace, 1.3),
        (_detail, 3.6),
        (_measure_copies, 2.4),
        (_keep_another_secret, 0.4),
        (_have_a_core, 0.5),
        (_alarm, 0.1),
    ],
)
def should_report_what_would_be_too_dear(
    change: Callable[[dict[str, Any]], None], at_least: float, lean: Assembly
) -> None:
    dear = Assembly(lean.path)
    dear.__dict__["templates"] = deepcopy(lean.templates)
    change(dear.templates)
    assert total(dear)[0] >= total(lean)[0] + at_least - 0.001
    assert total(dear)[0] > LEAN


def should_count_every_kind_of_thing_once(assembly: Assembly) -> None:
    lines = bill(assembly)
    assert len({one.what for one in lines}) == len(lines)
    assert all(0 <= one.paid <= one.dollars for one in lines)
    counts = {one.what: one.count for one in lines}
    assert counts["secrets and their replicas"] == 4
    assert counts["rules of firewalls"] == 5
    assert counts["calls of functions"] == 3 * 2 * 60 * 730 + 730, (
        "sweeps, looks, readiness, and the rotation"
    )


def should_refuse_a_schedule_of_which_nobody_said_what_a_call_takes(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {name: each for name, each in TAKES.items() if name != "Sweeper"}
    monkeypatch.setattr("tools.idle.TAKES", known)
    with pytest.raises(KeyError, match="Sweeper"):
        total(assembly)


def should_say_where_each_price_is_from_and_what_it_was_compared_with() -> None:
    text = PAGE.read_text()
    for name, price in PRICES.items():
        assert price["source"].startswith("https://aws.amazon.com/"), name
        assert price["per"] in text
        assert price["checked"] in text


def should_name_tests_that_there_are() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    names = re.findall(r"`(should_\w+)`", PAGE.read_text())
    assert len(names) >= 5
    assert [name for name in names if f"def {name}(" not in sources] == []
