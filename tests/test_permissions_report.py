"""What `make permissions` makes of grants, decisions and tests."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.mailbox import SETTINGS
from tools.assembly import Assembly
from tools.permissions.arns import Arns
from tools.permissions.grants import Grant, read_grants
from tools.permissions.matching import matches, matches_action
from tools.permissions.page import PAGE, page, read_unused
from tools.permissions.report import Report
from tools.permissions.usage import Decision, read_decisions

pytestmark = pytest.mark.slow

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/users"
ROLE = "any-AccountsRole3DA403CF"


def any_grant(**fields: Any) -> Grant:
    given = {
        "role": "Accounts",
        "role_name": ROLE,
        "region": "us-east-1",
        "trusted": "lambda.amazonaws.com",
        "action": "dynamodb:GetItem",
        "resource": TABLE,
        "condition": "",
        "peers": ("us-west-2",),
    }
    return Grant(**{**given, **fields})


def any_decision(**fields: Any) -> Decision:
    given = {"role": f"{ROLE}-A1B2C3", "action": "dynamodb:GetItem", "resource": TABLE, "allowed": True}
    return Decision(**{**given, "test": "tests/any.py::should_read", **fields})


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (TABLE, TABLE, True),
        (TABLE, f"{TABLE}/index/due", False),
        (TABLE, TABLE.replace("users", "Users"), False),
        (f"{TABLE}-at-*", f"{TABLE}-at-2026", True),
        (f"{TABLE}-at-*", TABLE, False),
        ("secret:keys-??????", "secret:keys-4ceb7b", True),
        ("secret:keys-??????", "secret:keys-4ceb7", False),
        ("secret:keys-??????", "secret:keys-4ceb7bb", False),
        ("arn:aws:s3:::files/*", "arn:aws:s3:::files/a/b:c", True),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("*", "anything", True),
    ],
)
def should_match_resources_as_iam_does(pattern: str, text: str, expected: bool) -> None:
    assert matches(pattern, text) is expected


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("s3:GetObject", "s3:GetObject", True),
        ("S3:getobject", "s3:GetObject", True),
        ("s3:GetObject*", "s3:GetObjectVersion", True),
        ("s3:GetObject", "s3:GetObjectVersion", False),
        ("s3:*", "sqs:SendMessage", False),
    ],
)
def should_match_actions_in_any_case(pattern: str, action: str, expected: bool) -> None:
    assert matches_action(pattern, action) is expected


def should_name_a_test_that_used_a_grant() -> None:
    report = Report.of([any_grant()], [any_decision()])
    assert report.used == {any_grant().row: "tests/any.py::should_read"}
    assert report.unused == []


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "any-DirectoryRole3DA403CF-A1B2C3"},
        {"action": "dynamodb:PutItem"},
        {"resource": f"{TABLE}-at-2026"},
        {"allowed": False},
    ],
)
def should_not_take_another_decision_for_the_use_of_a_grant(fields: dict[str, Any]) -> None:
    report = Report.of([any_grant()], [any_decision(**fields)])
    assert (report.used, report.unused) == ({}, [any_grant().row])


def should_find_the_role_whose_name_was_cut() -> None:
    grant = any_grant(role_name="twinhull-compute-us-east-1-Custom8693BB64968944B69AAFB0CC9EB8756C")
    name = f"{grant.role_name[:50]}-1158E692C5FEA"
    assert Report.of([grant], [any_decision(role=name)]).unused == []
    assert Report.of([grant], [any_decision(role=name[10:])]).unused == [grant.row]


def should_tell_denials_that_a_test_intends_from_others() -> None:
    intended, other = any_decision(allowed=False, intended=True), any_decision(allowed=False)
    report = Report.of([], [intended, other, other])
    assert (report.intended, report.denied) == ([intended], [other])


def should_use_a_grant_of_both_regions_by_either() -> None:
    here = any_grant()
    there = any_grant(
        region="us-west-2", peers=("us-east-1",), resource=TABLE.replace("us-east-1", "us-west-2")
    )
    assert here.row == there.row
    assert Report.of([here, there], [any_decision()]).unused == []


def should_ascribe_each_decision_to_the_test_that_ran_then(tmp_path: Path) -> None:
    # GIVEN two processes, in each of which a test runs from second 1 to 2
    phases = [{"test": "a", "when": "setup", "start": 0, "stop": 1, "denied": []}]
    phases += [{"test": "a", "when": "call", "start": 1, "stop": 2, "denied": ["s3:PutObject"]}]
    decision = {"role": "r", "session": "s", "resource": "*", "allowed": False}
    for process, test in (("gw0", "a"), ("gw1", "b")):
        folder = tmp_path / process
        folder.mkdir()
        (folder / "tests.jsonl").write_text(
            "".join(json.dumps({**each, "test": test}) + "\n" for each in phases)
        )
        decisions = [{**decision, "at": at, "action": "s3:PutObject"} for at in (0.5, 1.5, 2.5)]
        (folder / "x.jsonl").write_text("".join(json.dumps(each) + "\n" for each in decisions) + '{"at": 1')
    # WHEN they are read THEN what ran in the same process counts, calls first
    found = [(each.test, each.when, each.intended) for each in read_decisions(tmp_path)]
    calls, setups = [("a", "call", True), ("b", "call", True)], [("a", "setup", False), ("b", "setup", False)]
    assert found == [*calls, *setups, ("", "", False), ("", "", False)]


def should_refuse_a_reference_that_it_cannot_resolve(assembly: Assembly) -> None:
    stack = next(iter(assembly.stacks))
    with pytest.raises(ValueError, match="cannot resolve"):
        Arns(assembly).resolve(stack, {"Fn::ImportValue": "any"})


def should_list_each_grant_on_the_page(synthesize: Callable[..., Assembly]) -> None:
    grants = read_grants(synthesize(**SETTINGS))
    text = PAGE.read_text()
    assert text == page(grants, read_unused(text, grants)), "run make permissions ARGS=--write"
    # Negative control: one grant more, and one used less, is another page.
    more = replace(grants[0], action="s3:PutBucketPolicy")
    assert page([*grants, more], read_unused(text, grants)) != text
    row = next(grant.row for grant in grants if grant.action == "dynamodb:PutItem")
    assert read_unused(page(grants, [row]), grants) == [row]
