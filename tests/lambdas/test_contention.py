"""One address, two hundred registrations at the same moment: one account, and nobody who was told otherwise.

The same check reports the account that is lost as soon as the condition is taken out.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from moto.dynamodb.models.table import Table

from tests.lambdas.api import create_table
from tests.lambdas.builders import any_email, any_realm, any_registration, any_write
from users import register as registering
from users.change import Realm
from users.errors import Refusal
from users.memory import MemoryStore
from users.model import User, user_id
from users.register import register
from users.store import DynamoStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

THREADS = 200
NAME = "contended"


@dataclass(frozen=True)
class Outcome:
    """What the callers were told, and whom the store keeps."""

    acknowledged: list[User]
    refused: list[str]
    kept: User | None

    @property
    def lost(self) -> int:
        """Accounts that were acknowledged and are not kept."""
        return sum(one != self.kept for one in self.acknowledged)


def contend(realms: list[Realm], threads: int = THREADS) -> Outcome:
    """Register one address by all threads at once, taking the realms in turn."""
    email = any_email()
    start = threading.Barrier(threads)

    def attempt(number: int) -> User | str:
        registration = any_registration(email=email, name=f"Claimant {number}")
        write = any_write(operation="register_user", caller="anyone", status=201)
        start.wait()
        try:
            return register(realms[number % len(realms)], registration, write).user
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(threads) as pool:
        told = list(pool.map(attempt, range(threads)))
    return Outcome(
        acknowledged=[one for one in told if isinstance(one, User)],
        refused=[one for one in told if isinstance(one, str)],
        kept=realms[0].store.get(user_id(realms[0].namespace, email)),
    )


class WithoutCondition(MemoryStore):
    """Puts as a sample would: without a condition."""

    def create(self, user: User) -> None:
        with self._lock:
            self._users[user.id] = user


class Eventual(MemoryStore):
    """A replica of an ordinary global table: its condition sees what has arrived, the later write wins."""

    def __init__(self) -> None:
        super().__init__()
        self.peer: Eventual | None = None
        self.arriving: list[User] = []

    def create(self, user: User) -> None:
        super().create(user)
        if self.peer:
            self.peer.arriving.append(user)

    def settle(self) -> None:
        """Let what the peer has sent arrive."""
        with self._lock:
            self._users |= {user.id: user for user in self.arriving}


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested is the race: two hundred argon2 hashes would only make it slower."""
    monkeypatch.setattr(registering, "hash_password", lambda password: f"hash of {password}")


class UnconditionalClient:
    """A DynamoDB client that forgets its conditions."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self.get_item = client.get_item
        self.meta = client.meta
        self._client = client

    def put_item(self, ConditionExpression: str, **request: Any) -> object:  # noqa: N803
        return self._client.put_item(**request)


@pytest.fixture
def table(aws: None, monkeypatch: pytest.MonkeyPatch) -> "Iterator[DynamoDBClient]":
    """moto's table, whose put is made what it is in DynamoDB: one step."""
    lock, put = threading.Lock(), Table.put_item

    def put_at_once(*arguments: Any, **named: Any) -> object:
        with lock:
            return put(*arguments, **named)

    monkeypatch.setattr(Table, "put_item", put_at_once)
    client = create_table(NAME)
    yield client
    client.delete_table(TableName=NAME)


def check(outcome: Outcome) -> None:
    assert len(outcome.acknowledged) == 1
    assert outcome.refused == ["email-taken"] * (THREADS - 1)
    assert outcome.lost == 0


def should_keep_the_one_account_that_was_acknowledged_in_memory() -> None:
    check(contend([any_realm(MemoryStore())]))


def should_keep_the_one_account_that_was_acknowledged_in_dynamodb(table: "DynamoDBClient") -> None:
    check(contend([any_realm(DynamoStore(table, NAME))]))


def should_report_lost_accounts_when_dynamodb_is_asked_without_the_condition(table: "DynamoDBClient") -> None:
    outcome = contend([any_realm(DynamoStore(cast("Any", UnconditionalClient(table)), NAME))])
    assert outcome.lost == THREADS - 1


def should_report_lost_accounts_when_the_condition_is_taken_out() -> None:
    outcome = contend([any_realm(WithoutCondition())])
    assert len(outcome.acknowledged) == THREADS
    assert outcome.lost == THREADS - 1
    with pytest.raises(AssertionError):
        check(outcome)


def should_report_a_lost_account_when_the_two_regions_are_only_eventually_consistent() -> None:
    east, west = Eventual(), Eventual()
    east.peer, west.peer = west, east
    outcome = contend([any_realm(east), any_realm(west)])
    east.settle()
    kept = east.get(outcome.acknowledged[0].id)
    outcome = replace(outcome, kept=kept)
    assert len(outcome.acknowledged) == 2
    assert outcome.lost == 1
    with pytest.raises(AssertionError):
        check(outcome)
