"""docs/availability.md: its arithmetic, and that it is what templates and drill give."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tools.assembly import Assembly
from tools.availability.failure_modes import MODES
from tools.availability.page import PAGE, last_drill, page
from tools.availability.service_levels import (
    COMMON,
    SERVICES,
    Way,
    behind_the_edge,
    minutes,
    one_region,
    percent,
    regions_together,
)

DRILL: dict[str, Any] = {
    "at": "2026-11-25T10:00:00Z",
    "where": "local",
    "machine": "Linux x86_64",
    "cores": 2,
    "seconds": 60.0,
    "totals": {
        "reads": {"tried": 12_345},
        "writes": {"tried": 678},
        "acknowledged": 654,
        "lost": 0,
        "doubled": 0,
        "duplicates": 0,
    },
    "phases": [
        {"kind": kind, "region": region, "state": state, "reads": figures, "writes": figures}
        for kind, state in (("lost", "refuse"), ("drained", "refuse"), ("evacuated", None))
        for region in ("us-east-1", "us-west-2")
        for figures in [{"tried": 10, "failed_first": 1, "failed": 0, "slowest": 1.25}]
    ],
}


def should_be_what_templates_and_drill_give(assembly: Assembly) -> None:
    fresh = page(assembly, last_drill())
    assert PAGE.read_text() == fresh, "run .venv/bin/python -m tools.availability"


def should_multiply_the_promises(assembly: Assembly) -> None:
    way = Way.of(assembly)
    assert way.regions == ("us-east-1", "us-west-2")
    assert one_region(way) == pytest.approx(0.9995 * 0.9995 * 0.9999)
    fails = 1 - 0.9995 * 0.9995
    assert regions_together(way) == pytest.approx((1 - fails**2) * 0.99999)
    together = 0.05 * fails + (0.95 * fails) ** 2
    assert regions_together(way, common=COMMON) == pytest.approx((1 - together) * 0.99999)
    assert behind_the_edge(way, 1) == pytest.approx(0.999 * 0.9995)


def should_know_nothing_of_a_firewall_that_is_not_there(synthesize: Callable[..., Assembly]) -> None:
    way = Way.of(synthesize(firewall=False))
    assert behind_the_edge(way, 1) == 0.999


def should_refuse_to_count_on_a_table_that_is_not_strong(synthesize: Callable[..., Assembly]) -> None:
    with pytest.raises(AssertionError, match="has no replica"):
        Way.of(synthesize(consistency="eventual"))


def should_round_no_promise_up() -> None:
    assert percent(0.99999) == "99.9990 %"
    assert percent(0.999899999) == "99.9899 %"
    assert minutes(0.99999) == "5.3 min"


def should_say_where_each_promise_stands() -> None:
    assert all(one.page.startswith("https://aws.amazon.com/") for one in SERVICES.values())


def should_tell_what_was_measured_and_what_was_not(assembly: Assembly) -> None:
    text = page(assembly, DRILL)
    rows = {row.split(" | ")[0][2:]: row for row in text.splitlines() if row.startswith("| ")}
    refused = rows["a region refuses connections"]
    assert "of 20 reads 0 failed, of 20 writes 2 before and 0 after the retry; slowest 1.2 s" in refused
    assert "unmeasured on AWS" in refused
    assert "by drill" in rows["an operator drains a healthy region"]
    assert rows["a region is silent"].endswith("| unmeasured on AWS |")
    assert "12 345 reads and 678 writes" in text
    on_aws = page(assembly, {**DRILL, "where": "aws"})
    assert "by drill on AWS: of 20" in on_aws


def should_tell_of_every_mode_measured_or_not(assembly: Assembly) -> None:
    for drill in (None, DRILL):
        rows = [row for row in page(assembly, drill).splitlines() if row.startswith("| ")]
        for mode in MODES:
            [row] = [one for one in rows if one.startswith(f"| {mode.name} |")]
            assert "measured" in row or "drill" in row, json.dumps(row)
