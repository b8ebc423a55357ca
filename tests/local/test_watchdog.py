"""The deployed watchdogs: what they see of the other region, and what they do about it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cloud import Cloud, Start


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, start_cloud: Start) -> Iterator[Cloud]:
    """A cloud whose watchdogs may drain, and tell by failing."""
    settings = ("--context=watchdog=enforce", "--context=alarms=lean")
    cloud = start_cloud(tmp_path_factory.mktemp("guarded") / "home", *settings)
    yield cloud.wait_until_ready()
    cloud.stop()


def look(cloud: Cloud, region: str, *, fails: bool = False) -> Any:
    """Let the watchdog in a region look now, as its schedule does each minute; its finding."""
    functions = cloud.aws.functions(region)
    [name] = [
        each["FunctionName"]
        for each in functions.list_functions()["Functions"]
        if "-watch-" in each["FunctionName"]
    ]
    answer = functions.invoke(FunctionName=name, Qualifier="live", Payload=b"{}")
    found = json.loads(answer["Payload"].read())
    assert ("FunctionError" in answer) is fails, found
    return found["errorMessage"].partition(": ")[2] if fails else found["outcome"]


def serving(cloud: Cloud) -> set[str]:
    """The regions that answer at the edge."""
    answers = [cloud.edge("GET", "/api/v1/health/live") for _ in range(3)]
    return {answer.headers["x-served-region"] for answer in answers}


def should_see_that_the_other_region_serves(guarded: Cloud) -> None:
    for region in guarded.regions:
        assert look(guarded, region) == "healthy"


def should_drain_a_lost_region_once_and_leave_it_to_people(guarded: Cloud) -> None:
    primary, secondary = guarded.regions
    assert serving(guarded) == {primary}
    with guarded.region(primary, "refuse"):
        assert look(guarded, secondary, fails=True) == "drained"
        assert look(guarded, secondary, fails=True) == "drained-before"
    assert look(guarded, secondary) == "healthy"
    assert serving(guarded) == {secondary}


def should_drain_nothing_while_it_is_only_to_report(cloud: Cloud) -> None:
    primary, secondary = cloud.regions
    with cloud.region(secondary, "refuse"):
        assert look(cloud, primary) == "unhealthy"
    assert serving(cloud) == {primary}
