"""One line per request, and nothing in it that says who asked or for whom."""

import json
from functools import partial

import pytest

from telemetry.log import log_call
from tests.lambdas.api import OPENAPI, ORIGIN, Api
from tests.lambdas.builders import any_key
from tests.lambdas.logged import FIELDS, Log
from tests.lambdas.provoking import OPERATIONS, Scene, documented, provoke


def should_log_one_line_for_a_request(api: Api, log: Log) -> None:
    api("GET", "/health/live")
    (line,) = log.lines
    assert line.keys() >= FIELDS
    assert (line["route"], line["status"], line["outcome"]) == ("GET /api/v1/health/live", 200, "ok")
    assert line["level"] == "INFO"


def should_log_a_path_only_as_its_route(api: Api, log: Log) -> None:
    api("GET", "/secret-path", query="q=secret-query")
    (line,) = log.lines
    assert (line["route"], line["outcome"]) == ("$default", "not-found")
    assert "secret" not in json.dumps(line)


def should_log_the_kind_and_the_place_of_a_fault_and_not_its_message(scene: Scene, log: Log) -> None:
    log.clear()
    provoke(scene, "show_user", "unexpected")()
    (line,) = log.lines
    assert (line["level"], line["fault"], line["outcome"]) == ("ERROR", "RuntimeError", "unexpected")
    assert "in fail" in str(line["frames"]) or " fail" in str(line["frames"])
    assert "a fault of ours" not in json.dumps(line)


def should_log_what_aws_called_the_fault(scene: Scene, log: Log) -> None:
    log.clear()
    provoke(scene, "list_page", "unavailable")()
    (line,) = log.lines
    assert (line["fault"], line["aws_code"]) == ("ClientError", "InternalServiceError")


@pytest.mark.slow
def should_name_nobody_whatever_happens(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every route succeeds, is asked for nonsense, and fails in every documented way."""
    secrets = {ORIGIN, "cursor=", "__Host-session", "argon2"}
    for person in (scene.admin, scene.person, scene.gone):
        secrets |= {person.id, person.email, person.password, person.token, person.name}
    asked = 0
    for operation, code in documented():
        with monkeypatch.context() as patch:
            now = Scene(scene.api, scene.cast, patch)
            call = now.call(operation)
            secrets |= {str(value) for value in (call.get("body") or {}).values()}
            key = any_key()
            secrets.add(key)
            provoke(now, operation, code)()
            now.api(**{**now.call(operation), "key": key})
            asked += 1
    assert asked > len(OPERATIONS)
    captured = capfd.readouterr()
    logged = log.text + captured.out + captured.err
    routes = {line["route"] for line in log.lines if "route" in line}
    assert len(routes) == sum(len(methods) for methods in OPENAPI["paths"].values())
    assert [one for one in secrets if one in logged] == []


@pytest.mark.parametrize("told", ["somebody@example.com", "usr_1", "Jo Doe", "张伟", "a.b.c"])
def should_find_somebody_if_a_line_named_him(
    told: str, api: Api, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """So that the search above, which finds nobody, could."""
    monkeypatch.setattr("web.app.log_call", partial(log_call, who=told))
    api("GET", "/health/live")
    assert told in log.text


def should_name_nobody_when_an_operator_appoints(
    api: Api, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    person = api.admin()
    log.clear()
    for event in ({"do": "appoint", "email": person.email}, {"do": person.email, "email": person.id}):
        api.operator(event, None)
    captured = capfd.readouterr()
    assert [(line["operation"], line["outcome"]) for line in log.lines] == [
        ("appoint", "ok"),
        ("unknown", "invalid"),
    ]
    logged = log.text + captured.out + captured.err
    assert [one for one in (person.id, person.email) if one in logged] == []
