"""The drill's judge: each fault is reported, and nothing else is."""

from collections import Counter

import pytest

from tests.drills.judging import any_account, contested, seen, verdict
from twinhull.ops.drill.judge import Fault, Verdict
from twinhull.ops.drill.ledger import Account, Contest, Ledger

FAULTS: tuple[Fault, ...] = ("lost", "doubled", "duplicate")


def faults(found: Verdict) -> dict[str, int]:
    return {fault: found.count(fault) for fault in FAULTS if found.count(fault)}


def edited(*, unsure: bool = False) -> Account:
    """Somebody whose second name was acknowledged, and perhaps a third one tried without an answer."""
    account = any_account()
    account.wrote("profile-edited", account.name, "Bea", acknowledged=True)
    if unsure:
        account.wrote("profile-edited", account.name, "Cleo", acknowledged=False)
    return account


def should_find_nothing_where_all_is_as_acknowledged() -> None:
    account = edited()
    assert faults(verdict(account, seen(account), seen(account))) == {}


@pytest.mark.parametrize("missing_in", ["first", "second", "both"])
def should_report_an_account_that_a_region_does_not_know(missing_in: str) -> None:
    account = edited()
    first = seen(account) if missing_in == "second" else None
    second = seen(account) if missing_in == "first" else None
    assert faults(verdict(account, first, second)) == {"lost": 2}


@pytest.mark.parametrize(("name", "value"), [("name", "Ada"), ("role", "admin"), ("state", "deleted")])
def should_report_a_property_that_is_another(name: str, value: str) -> None:
    account = edited()
    assert faults(verdict(account, seen(account, **{name: value}), seen(account))) == {"lost": 1}


def should_report_an_event_that_is_missing() -> None:
    account = edited()
    there = seen(account, history=Counter({"registered": 1}))
    assert faults(verdict(account, there, there)) == {"lost": 1}


def should_report_what_happened_twice() -> None:
    account = edited()
    there = seen(account, history=Counter({"registered": 1, "profile-edited": 2}))
    assert faults(verdict(account, there, there)) == {"doubled": 1}


def should_report_what_nobody_asked_for() -> None:
    account = edited()
    there = seen(account, history=Counter({**account.sure, "deleted": 1}))
    assert faults(verdict(account, there, there)) == {"doubled": 1}


@pytest.mark.parametrize(("name", "events"), [("Bea", 1), ("Cleo", 2)])
def should_accept_either_outcome_of_a_write_without_an_answer(name: str, events: int) -> None:
    account = edited(unsure=True)
    there = seen(account, name=name, history=Counter({"registered": 1, "profile-edited": events}))
    assert faults(verdict(account, there, there)) == {}


def should_report_a_write_without_an_answer_that_happened_twice() -> None:
    account = edited(unsure=True)
    there = seen(account, name="Cleo", history=Counter({"registered": 1, "profile-edited": 3}))
    assert faults(verdict(account, there, there)) == {"doubled": 1}


def should_report_an_earlier_write_that_comes_late_and_wins() -> None:
    account = edited(unsure=True)
    account.wrote("profile-edited", account.name, "Dora", acknowledged=True)
    there = seen(account, name="Cleo", history=Counter({"registered": 1, "profile-edited": 3}))
    assert faults(verdict(account, there, there)) == {"lost": 1}


@pytest.mark.parametrize(
    ("claims", "owner", "expected"),
    [
        ({}, None, {}),
        ({"Ada": "usr_1"}, "Ada", {}),
        ({"Ada": "usr_1"}, "Bob", {"lost": 1}),
        ({"Ada": "usr_1"}, None, {"lost": 1}),
        ({"Ada": "usr_1", "Bob": "usr_1"}, "Bob", {"lost": 1, "duplicate": 1}),
    ],
)
def should_let_one_only_have_an_address(
    claims: dict[str, str], owner: str | None, expected: dict[str, int]
) -> None:
    there = {"usr_1": seen(any_account(name=owner)) if owner else None}
    assert faults(contested(Contest(email="any", claims=claims), there)) == expected


def should_count_what_was_acknowledged() -> None:
    ledger = Ledger(accounts=[edited(unsure=True)], contests=[Contest(email="any", claims={"Ada": "usr_2"})])
    assert ledger.acknowledged == 3
    assert ledger.ids == ["usr_1", "usr_2"]
