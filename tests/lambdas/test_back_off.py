"""Guessing a password gets slower, and nobody is locked out for good."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from tests.lambdas.api import REGION, THROTTLES, Api, create_throttles, watching
from tests.lambdas.builders import (
    START,
    Clock,
    any_email,
    any_password,
    any_realm,
    any_registration,
    any_write,
)
from users import back_off
from users.back_off import FREE, compare, wait
from users.change import Realm
from users.errors import Refusal
from users.log_in import log_in
from users.memory import MemoryThrottles
from users.register import register
from users.throttles import KEPT, DynamoThrottles, Failures, Throttles, Unreachable

ID = "usr_any"


@pytest.fixture(params=["memory", "dynamodb"])
def throttles(request: pytest.FixtureRequest, aws: None) -> Iterator[Throttles]:
    if request.param == "memory":
        yield MemoryThrottles()
        return
    client = boto3.client("dynamodb", region_name=REGION)
    create_throttles("counts")
    yield DynamoThrottles(client, "counts")
    client.delete_table(TableName="counts")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def realm(throttles: Throttles, clock: Clock) -> Realm:
    return replace(any_realm(clock=clock), throttles=throttles)


def outcome(realm: Realm, email: str, password: str) -> str | int:
    """`ok`, the code of the refusal, or the seconds to wait."""
    try:
        log_in(realm, email, password)
    except Refusal as refusal:
        return refusal.retry_after or refusal.code
    return "ok"


def someone(realm: Realm) -> tuple[str, str]:
    registration = any_registration()
    register(realm, registration, any_write(status=201))
    return registration.email, registration.password


def should_let_five_guesses_pass_and_then_double_the_wait(realm: Realm, clock: Clock) -> None:
    email, password = someone(realm)
    for _ in range(FREE):
        assert outcome(realm, email, "wrong horse") == "bad-credentials"
    for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        assert outcome(realm, email, "wrong horse") == seconds
        assert outcome(realm, email, password) == seconds
        clock.advance(seconds=seconds)
        assert outcome(realm, email, "wrong horse") == "bad-credentials"


def should_not_lengthen_the_wait_by_attempts_during_it(realm: Realm, clock: Clock) -> None:
    email, password = someone(realm)
    for _ in range(FREE):
        outcome(realm, email, "wrong horse")
    for _ in range(10):
        assert outcome(realm, email, "wrong horse") == 1
    clock.advance(seconds=1)
    assert outcome(realm, email, password) == "ok"


def should_begin_anew_after_a_success(realm: Realm, clock: Clock) -> None:
    email, password = someone(realm)
    for _ in range(2):
        for _ in range(FREE - 1):
            assert outcome(realm, email, "wrong horse") == "bad-credentials"
        assert outcome(realm, email, password) == "ok"


def should_treat_an_address_without_an_account_alike(realm: Realm, clock: Clock) -> None:
    email, _ = someone(realm)
    assert [outcome(realm, email, "x") for _ in range(7)] == [
        outcome(realm, "nobody@example.com", "x") for _ in range(7)
    ]


def should_slow_down_one_account_and_no_other(realm: Realm) -> None:
    slow, (email, password) = someone(realm)[0], someone(realm)
    for _ in range(FREE + 1):
        outcome(realm, slow, "wrong horse")
    assert outcome(realm, email, password) == "ok"


@pytest.mark.parametrize("throttles", ["dynamodb"], indirect=True)
def should_count_a_day_and_no_longer(throttles: Throttles) -> None:
    assert throttles.put(ID, None, Failures(count=99, at=START))
    assert throttles.get(ID, START + KEPT - timedelta(seconds=1))
    assert throttles.get(ID, START + KEPT) is None
    assert throttles.put(ID, None, Failures(count=1, at=START + KEPT))


def should_count_only_over_what_was_seen(throttles: Throttles) -> None:
    first = Failures(count=1, at=START)
    second = Failures(count=2, at=START + timedelta(milliseconds=5))
    assert throttles.put(ID, None, first)
    assert not throttles.put(ID, None, first)
    assert throttles.put(ID, first, second)
    assert not throttles.put(ID, first, second)
    assert throttles.get(ID, START) == second
    throttles.forget(ID)
    assert throttles.get(ID, START) is None
    assert not throttles.put(ID, second, first)


def should_compare_no_more_passwords_when_many_are_sent_at_once(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Counted afterwards, all of them would be compared before the first one is counted."""
    compared: list[str] = []
    realm = replace(any_realm(clock=clock), throttles=MemoryThrottles())

    def matches(password: str, password_hash: str | None) -> bool:
        compared.append(password)
        return False

    monkeypatch.setattr(back_off, "matches", matches)

    def guess(number: int) -> None:
        try:
            compare(realm, ID, f"guess {number}", None)
        except Refusal as refusal:
            assert refusal.code == "slow-down"

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(guess, range(200)))
    assert len(compared) <= FREE


def should_compare_nothing_while_somebody_has_to_wait(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    email, password = someone(realm)
    for _ in range(FREE):
        outcome(realm, email, "wrong horse")
    monkeypatch.setattr(back_off, "matches", lambda *_: pytest.fail("compared"))
    assert outcome(realm, email, password) == 1


def should_ask_to_wait_when_others_keep_counting_the_same_account(clock: Clock) -> None:
    class Busy(MemoryThrottles):
        def put(self, user_id: str, seen: Failures | None, becomes: Failures) -> bool:
            return False

    realm = replace(any_realm(clock=clock), throttles=Busy())
    with pytest.raises(Refusal) as refusal:
        log_in(realm, any_email(), "x")
    assert (refusal.value.code, refusal.value.retry_after) == ("slow-down", 1)


class Lost(MemoryThrottles):
    """Counts that cannot be reached: all of them, or from the first one on."""

    def __init__(self, *, reads: bool) -> None:
        super().__init__()
        self.reads = reads

    def get(self, user_id: str, now: Any) -> Failures | None:
        if not self.reads:
            raise Unreachable
        return super().get(user_id, now)

    def forget(self, user_id: str) -> None:
        raise Unreachable


@pytest.mark.parametrize("reads", [True, False])
def should_let_people_in_while_the_counts_cannot_be_reached(reads: bool) -> None:
    realm = replace(any_realm(), throttles=Lost(reads=reads))
    email, password = someone(realm)
    assert outcome(realm, email, password) == "ok"
    assert outcome(realm, email, "wrong horse") == "bad-credentials"


@pytest.mark.parametrize("operation", ["GetItem", "PutItem", "DeleteItem"])
@pytest.mark.parametrize("failure", ["silent", "refused"])
def should_say_when_the_table_does_not_answer(operation: str, failure: str, aws: None) -> None:
    client = boto3.client("dynamodb", region_name=REGION)
    throttles = DynamoThrottles(client, THROTTLES if failure == "silent" else "no-such-table")

    def hang(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    calls = {
        "GetItem": lambda: throttles.get(ID, START),
        "PutItem": lambda: throttles.put(ID, None, Failures(count=1, at=START)),
        "DeleteItem": lambda: throttles.forget(ID),
    }
    call: Callable[[], object] = calls[operation]
    event = "before-call.dynamodb" if failure == "silent" else "never"
    with watching(client, event, hang), pytest.raises(Unreachable):
        call()


def should_count_a_repeated_registration_with_another_password(realm: Realm) -> None:
    registration, key = any_registration(), any_write(status=201, key="key")
    register(realm, registration, key)
    for _ in range(FREE):
        with pytest.raises(Refusal, match="email-taken"):
            register(realm, replace(registration, password="wrong horse"), key)
    with pytest.raises(Refusal, match="slow-down"):
        register(realm, replace(registration, password="wrong horse"), key)


def should_tell_through_the_api_how_long_to_wait(api: Api) -> None:
    person = api.somebody()
    for _ in range(FREE):
        assert api.log_in(person.email, any_password()).code == "bad-credentials"
    for email, password in ((person.email, person.password), (person.email.upper(), "wrong")):
        reply = api.log_in(email, password)
        assert (reply.status, reply.code, reply.headers["retry-after"]) == (429, "slow-down", "1")


def should_keep_no_address_and_no_password_with_the_counts(api: Api) -> None:
    person = api.somebody()
    api.log_in(person.email, "wrong horse")
    [item] = [
        each for each in api.dynamodb.scan(TableName=THROTTLES)["Items"] if each["pk"]["S"] == person.id
    ]
    assert item.keys() == {"pk", "sk", "failures", "last_at", "expires_at"}
    assert person.email not in str(item)


def should_wait_a_quarter_of_an_hour_at_most() -> None:
    assert wait(10_000) == timedelta(minutes=15)
    assert wait(FREE - 1) == timedelta(0)
