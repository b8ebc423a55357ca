"""What is counted, and how CloudWatch finds it in the line of the call."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from telemetry import metrics
from telemetry.log import Failed, one_line
from tests.lambdas.api import Api
from tests.lambdas.builders import any_email, any_password
from tests.lambdas.logged import Log


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    metrics.take()
    yield
    metrics.take()


def emitted(line: dict[str, Any]) -> dict[str, float]:
    """Metric → value, as CloudWatch would take them from a line: a name without a number is refused."""
    found: dict[str, float] = {}
    for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
        assert directive["Namespace"] == "twinhull"
        for dimension in directive["Dimensions"][0]:
            assert isinstance(line[dimension], str)
        for metric in directive["Metrics"]:
            found[metric["Name"]] = line[metric["Name"]]
    return found


def should_say_nothing_when_nothing_was_counted() -> None:
    assert metrics.take() == {}


def should_add_what_is_counted_and_keep_the_highest_of_what_is_measured() -> None:
    metrics.count("NoticesSent")
    metrics.count("NoticesSent", 2)
    metrics.measure("DueOverdueSeconds", 7)
    metrics.measure("DueOverdueSeconds", 3)
    line = metrics.take()
    assert emitted(line) == {"NoticesSent": 3, "DueOverdueSeconds": 7}
    assert line["Deployment"] == "twinhull"
    assert metrics.take() == {}


def should_obey_the_embedded_metric_format() -> None:
    """Milliseconds, units that CloudWatch knows, and every name also a member of the line."""
    metrics.measure("DueOverdueSeconds", 1)
    line = metrics.take()
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "twinhull",
        "Dimensions": [["Deployment"]],
        "Metrics": [{"Name": "DueOverdueSeconds", "Unit": "Seconds"}],
    }
    assert 1_700_000_000_000 < line["_aws"]["Timestamp"] < 10_000_000_000_000


def should_count_what_happens_to_people_in_the_line_of_the_request(api: Api, log: Log) -> None:
    person = api.somebody()
    assert [emitted(line) for line in log.lines] == [
        {"RegistrationAttempts": 1, "Registrations": 1},
        {"LogIns": 1},
    ]
    log.clear()
    api.register(email=person.email)
    api.log_in(person.email, any_password())
    api.log_in(any_email(), any_password())
    passwords = {"current_password": person.password, "new_password": any_password()}
    api("PUT", "/users/me/password", passwords, by=person)
    assert [emitted(line) for line in log.lines] == [
        {"RegistrationAttempts": 1},
        {"FailedLogIns": 1},
        {"FailedLogIns": 1},
        {"PasswordChanges": 1},
    ]


def should_count_a_deletion_and_a_restoration_once_however_often_they_are_repeated(
    api: Api, log: Log
) -> None:
    admin, person = api.admin(), api.somebody()
    log.clear()
    for _ in range(2):
        api("DELETE", f"/users/{person.id}", by=admin)
    for _ in range(2):
        api("POST", f"/users/{person.id}/restore", by=admin)
    found = [emitted(line) for line in log.lines]
    assert found == [{"Deletions": 1}, {}, {"Restorations": 1}, {}]


def should_count_those_who_are_asked_to_slow_down(api: Api, log: Log) -> None:
    person = api.somebody()
    log.clear()
    replies = [api.log_in(person.email, any_password()).status for _ in range(7)]
    assert 429 in replies
    assert sum(emitted(line).get("FailedLogIns", 0) for line in log.lines) == len(replies)
    assert sum(emitted(line).get("SlowedLogIns", 0) for line in log.lines) == replies.count(429)


def should_leave_nothing_of_one_call_to_the_next(api: Api, log: Log) -> None:
    api.register()
    log.clear()
    api("GET", "/health/live")
    assert "_aws" not in log.text


def should_log_one_line_about_a_run_that_fails_and_not_its_message(log: Log) -> None:
    with pytest.raises(Failed, match=r"^ValueError$"), one_line("sweep", request_id="any") as line:
        line["taken"] = 3
        metrics.count("Purges")
        raise ValueError("ada@example.com")
    [written] = log.lines
    assert (written["level"], written["message"], written["outcome"]) == ("ERROR", "sweep", "unexpected")
    assert (written["taken"], written["fault"], emitted(written)) == (3, "ValueError", {"Purges": 1})
    assert written["duration_ms"] >= 0
    assert "ada" not in json.dumps(written)
