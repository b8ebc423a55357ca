"""docs/alarms.md is what the table, the templates and the prices say, and within the budget."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.alarms import LEAN, PAGE, page
from tools.assembly import Assembly
from tools.idle import PRICES, bill, metrics, total

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lean(synthesize: Callable[..., Assembly]) -> Assembly:
    return synthesize(**LEAN)


def should_be_fresh(assembly: Assembly, lean: Assembly) -> None:
    assert PAGE.read_text() == page(assembly, lean), "run .venv/bin/python -m tools.alarms"


def should_keep_the_idle_deployment_within_its_budget(assembly: Assembly) -> None:
    asked, _ = total(assembly)
    assert asked <= 45
    assert sum(map(metrics, assembly.resources("AWS::CloudWatch::Alarm"))) <= 200


def should_keep_both_regions_for_five_dollars(lean: Assembly) -> None:
    assert {lean.region(stack) for stack in lean.stacks} == {"us-east-1", "us-west-2"}
    """After what AWS gives every account each month; the list price, which the page states too, is above."""
    asked, paid = total(lean)
    assert paid <= 5 < asked <= 6.5


def should_count_every_kind_of_thing_once(assembly: Assembly) -> None:
    lines = bill(assembly)
    assert len({one.what for one in lines}) == len(lines)
    assert all(0 <= one.paid <= one.dollars for one in lines)
    counts = {one.what: one.count for one in lines}
    assert counts["secrets and their replicas"] == 4
    assert counts["rules of firewalls"] == 5


def should_say_where_each_price_is_from() -> None:
    for name, price in PRICES.items():
        assert price["source"].startswith("https://aws.amazon.com/"), name
        assert price["per"]


def should_name_tests_that_there_are() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    names = re.findall(r"`(should_\w+)`", PAGE.read_text())
    assert len(names) >= 5
    assert [name for name in names if f"def {name}(" not in sources] == []
