"""The factory: a row is changed, switched off or added by its name."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from twinhull.alarms import watched
from twinhull.alarms.factory import Alarms
from twinhull.alarms.row import Row, Series, Watched
from twinhull.alarms.rows import ROWS
from twinhull.alarms.topics import AlarmTopics

TABLE = tuple(
    watched.of_table("any-users", ["GetItem", "Query"], timed=["GetItem"], indexes=["name"], hot=["name"])
)


def made(*given: Watched, **arguments: Any) -> dict[str, dict[str, Any]]:
    """Name without the deployment → properties of the alarms that are made."""
    stack = cdk.Stack(cdk.App(), "any", env=cdk.Environment(region="eu-west-1"))
    topics = AlarmTopics(stack, "Topics", name="any")
    alarms = Alarms(stack, "Alarms", name="any", topics=topics, **arguments)
    alarms.watch(*given)
    found = Template.from_stack(stack).find_resources("AWS::CloudWatch::Alarm").values()
    return {one["Properties"]["AlarmName"].removeprefix("any-"): one["Properties"] for one in found}


def should_make_the_rows_of_a_kind() -> None:
    names = {name.partition("-")[0] for name in made(*TABLE)}
    assert names == {
        row.name for row in ROWS if row.watches in {"table", "timed-table", "index", "hot-index"}
    }


def should_change_a_row_by_its_name() -> None:
    alarm = made(*TABLE, changes={"TableLatency": {"threshold": 80, "severity": "page"}})[
        "TableLatency-any-users"
    ]
    assert alarm["Threshold"] == 80
    assert "Pages when a read or a write takes more than 80 ms" in alarm["AlarmDescription"]
    assert "TopicsPages" in str(alarm["AlarmActions"])


@pytest.mark.parametrize(("period", "said"), [(60, "1 minute"), (7200, "2 hours"), (30, "30 seconds")])
def should_spell_how_long_it_looks(period: int, said: str) -> None:
    alarm = made(*TABLE, changes={"TableLatency": {"period": period}})["TableLatency-any-users"]
    assert said in alarm["AlarmDescription"]


def should_switch_a_row_off_by_its_name() -> None:
    assert "TableLatency-any-users" not in made(*TABLE, changes={"TableLatency": None})


def should_add_a_row() -> None:
    own = Row(
        name="Refunds",
        watches="application",
        series={"refunds": Series(namespace="shop", metric="Refunds", statistic="Sum")},
        comparison=">",
        threshold=10,
        period=300,
        datapoints=(1, 1),
        missing="notBreaching",
        severity="ticket",
        feels="Many want their money back.",
        when="more than {threshold:g} refunds are asked for",
        runbook="people",
        because="Ours.",
    )
    assert made(watched.of_application("any"), rows=[own]).keys() == {"Refunds-people"}


def should_refuse_a_change_of_a_row_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="changes names TableLatenz; the table has no such row"):
        made(changes={"TableLatenz": None})


def should_refuse_a_mode_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="mode is 'some'; it must be 'full', 'lean' or 'off'"):
        made(mode="some")


def should_refuse_two_alarms_of_one_name() -> None:
    with pytest.raises(ValueError, match="two alarms any-AccountConcurrency-account"):
        made(watched.of_account(), watched.of_account())


def should_make_few_when_lean_and_none_when_off() -> None:
    peer, dog = {"Deployment": "any", "Peer": "other"}, {"FunctionName": "dog", "Resource": "dog:live"}
    watch = [
        Watched(kind="peer", name="other", dimensions=peer),
        Watched(kind="watchdog", name="other", dimensions=dog),
    ]
    everything = (*TABLE, *watch)
    assert made(*everything, mode="lean").keys() == {"WatchFails-other"}
    assert made(*watch, mode="full").keys() == {"PeerUnhealthy-other"}
    assert made(*everything, mode="off") == {}


def should_sum_what_is_by_operation_and_fill_what_is_missing() -> None:
    alarm = made(*TABLE)["TableSystemErrors-any-users"]
    assert alarm["Metrics"][0]["Expression"] == "(FILL(errors1,0)+FILL(errors2,0))"
    assert [query["MetricStat"]["Metric"]["Dimensions"][1]["Value"] for query in alarm["Metrics"][1:]] == [
        "GetItem",
        "Query",
    ]


def should_ask_for_no_highest_of_one() -> None:
    assert made(*TABLE)["TableLatency-any-users"]["Metrics"][0]["Expression"] == "FILL(latency1,0)"
    both = made(*watched.of_table("any", [], timed=["GetItem", "PutItem"]))["TableLatency-any"]
    assert both["Metrics"][0]["Expression"] == "MAX([FILL(latency1,0),FILL(latency2,0)])"


def should_join_only_what_is_there() -> None:
    stack = cdk.Stack(cdk.App(), "any", env=cdk.Environment(region="eu-west-1"))
    alarms = Alarms(stack, "Alarms", name="any", topics=AlarmTopics(stack, "Topics", name="any"))
    alarms.join("Nothing", alarms=["TableLatency"], feels="Nobody.", runbook="region")
    assert alarms.composites == {}
    alarms.watch(*TABLE)
    alarms.join("Ill", alarms=["TableLatency", "TableThrottles"], feels="All is slow.", runbook="tables")
    (composite,) = Template.from_stack(stack).find_resources("AWS::CloudWatch::CompositeAlarm").values()
    assert composite["Properties"]["AlarmRule"] == (
        'ALARM("any-TableLatency-any-users") OR ALARM("any-TableThrottles-any-users")'
    )
    assert len(composite["DependsOn"]) == 2


def should_name_each_row_once_and_spell_every_one() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    for row in ROWS:
        assert row.datapoints[0] <= row.datapoints[1]
        assert row.because
        assert row.feels.endswith(".")
