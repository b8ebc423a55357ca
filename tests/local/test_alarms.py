"""What the local cloud shows of the deployed alarms: plain metrics and composites; the rest is arithmetic."""

from typing import Any

import pytest

from tests.cloud import Cloud


@pytest.fixture
def cloudwatch(cloud: Cloud) -> Any:
    """CloudWatch of the secondary region."""
    return cloud.aws.cloudwatch(cloud.regions[1])


def state(cloudwatch: Any, name: str) -> str:
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
    return str(alarm["StateValue"])


def put(cloudwatch: Any, namespace: str, metric: str, *values: float) -> None:
    for value in values:
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=[{"MetricName": metric, "Value": value}])


def should_deploy_every_alarm(cloud: Cloud, cloudwatch: Any) -> None:
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    found = [one for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for one in page[kind]]
    names = {one["AlarmName"] for one in found}
    assert {"twinhull-ApiErrors-Api", "twinhull-BurnFast", "twinhull-RegionUnhealthy"} <= names
    assert f"twinhull-PeerUnhealthy-{cloud.regions[0]}" in names
    assert all(one["AlarmName"].startswith("twinhull-") for one in found)


def should_see_by_the_emulator_that_a_function_fails(cloudwatch: Any) -> None:
    """A consumer, the sweeper or an operator's function that is dead: its errors are a plain metric."""
    name = "twinhull-FunctionErrors-Operator"
    put(cloudwatch, "AWS/Lambda", "Errors", 3)
    assert state(cloudwatch, name) == "ALARM"


def should_see_by_the_emulator_that_the_other_region_is_lost(cloud: Cloud, cloudwatch: Any) -> None:
    """What the watchdog writes into its log is put by hand: the emulator takes no metrics out of logs."""
    name = f"twinhull-PeerUnhealthy-{cloud.regions[0]}"
    put(cloudwatch, "twinhull", "PeerRegionHealthy", 0)
    assert state(cloudwatch, name) == "ALARM"
    put(cloudwatch, "twinhull", "PeerRegionHealthy", 1)
    assert state(cloudwatch, name) == "OK"


def should_let_a_composite_follow_its_members(cloudwatch: Any) -> None:
    """Both windows of a burn rate, whose metric math the emulator does not evaluate, are set by hand."""
    windows = [f"twinhull-BurnFast{which}-Api" for which in ("Long", "Short")]

    def put_in(value: str, *names: str) -> None:
        for name in names:
            cloudwatch.set_alarm_state(AlarmName=name, StateValue=value, StateReason="a drill")

    put_in("OK", *windows)
    assert state(cloudwatch, "twinhull-BurnFast") == "OK"
    put_in("ALARM", windows[0])
    assert state(cloudwatch, "twinhull-BurnFast") == "OK"
    put_in("ALARM", windows[1])
    assert state(cloudwatch, "twinhull-BurnFast") == "ALARM"
    assert state(cloudwatch, "twinhull-RegionUnhealthy") == "ALARM"
    put_in("OK", *windows)
    assert state(cloudwatch, "twinhull-BurnFast") == "OK"
