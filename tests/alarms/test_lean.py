"""Where alarms are few all is watched and done as often, and nothing is measured that nobody looks at."""

from typing import Any

import pytest

from tests.templates.reading import granted_to_watchdog, replications, watchdog_function
from tools.assembly import Assembly

REGIONS = ("us-east-1", "us-west-2")


def rules(assembly: Assembly) -> dict[str, Any]:
    """Region → the rule by which its files are copied."""
    return {
        region: call["parameters"]["ReplicationConfiguration"]["Rules"][0]
        for region, call in replications(assembly).items()
    }


def schedules(assembly: Assembly) -> set[tuple[str, str, str]]:
    return {
        (one.stack, one.path, one.properties["ScheduleExpression"])
        for one in assembly.resources("AWS::Events::Rule")
        if "ScheduleExpression" in one.properties
    }


@pytest.mark.parametrize("region", REGIONS)
def should_have_a_watchdog_that_tells_by_failing(region: str, assembly: Assembly, lean: Assembly) -> None:
    told = [watchdog_function(one, region).properties["Environment"] for one in (assembly, lean)]
    assert [each["Variables"]["TELLS_BY"] for each in told] == ["metric", "failure"]


@pytest.mark.parametrize("region", REGIONS)
def should_not_let_it_read_where_it_does_not_look(region: str, assembly: Assembly, lean: Assembly) -> None:
    may, may_if_lean = (set(granted_to_watchdog(one, region)) for one in (assembly, lean))
    assert may - may_if_lean == {"cloudfront-keyvaluestore:GetKey"}


def should_copy_files_without_measuring_it(assembly: Assembly, lean: Assembly) -> None:
    for region, rule in rules(assembly).items():
        unmeasured = rules(lean)[region]
        assert rule["Destination"].keys() == {"Bucket", "Metrics", "ReplicationTime"}
        assert unmeasured["Destination"].keys() == {"Bucket"}
        assert {**rule, "Destination": None} == {**unmeasured, "Destination": None}


def should_look_and_sweep_as_often(assembly: Assembly, lean: Assembly) -> None:
    assert len(schedules(lean)) == 5
    assert schedules(lean) == schedules(assembly)


def should_watch_each_region_from_the_other_and_what_is_due_in_each(lean: Assembly) -> None:
    made: dict[str, set[str]] = {}
    for alarm in lean.resources("AWS::CloudWatch::Alarm"):
        assert alarm.properties["AlarmActions"]
        made.setdefault(alarm.region, set()).add(alarm.properties["AlarmName"].split("-")[1])
    each = {"ApiErrors", "DeadLetters", "DueWorkLate", "SweepsFail", "WatchFails"}
    assert made == {"us-east-1": each | {"EdgeErrors"}, "us-west-2": each}
