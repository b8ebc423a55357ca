"""What compare-and-set saves people from, each case played with the conditions and without them.

A case hangs a write between its read and its write, lets others act meanwhile, and tells what went wrong.
Without the conditions every case reports something: so it would if they were lost.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from moto.core.models import botocore_stubber

from tests.lambdas.api import create_table
from tests.lambdas.builders import Clock, any_key, any_realm, any_registration, any_user, any_write, renamed
from tests.lambdas.refusals import AnswerLost
from users import change as changing
from users import register as registering
from users.change import REMEMBERED, Realm, Write
from users.change_password import change_password
from users.delete import delete
from users.edit_profile import edit_profile
from users.errors import Refusal, Rejected
from users.memory import MemoryStore
from users.model import User
from users.passwords import hash_password, matches
from users.register import register
from users.restore import restore
from users.set_role import set_role
from users.store import DynamoStore
from web.clients.config import REQUEST
from web.clients.dynamodb import dynamodb


class Hanging(MemoryStore):
    """The next write hangs until others have acted."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None
        self.written = 0

    def replace(self, seen: User, becomes: User, key: str) -> None:
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()
        self.write(seen, becomes, key)
        self.written += 1

    def write(self, seen: User, becomes: User, key: str) -> None:
        super().replace(seen, becomes, key)


class Unconditional(Hanging):
    """The same without the condition of a write."""

    def write(self, seen: User, becomes: User, key: str) -> None:
        self._users[seen.id] = becomes


class Case:
    """One user in a store whose next write can be made to hang."""

    def __init__(self, store: Hanging) -> None:
        self.store = store
        self.realm = any_realm(store, Clock())
        user = any_user()
        self.id = user.id
        store.create(user)

    @property
    def user(self) -> User:
        found = self.store.get(self.id)
        assert found
        return found

    def hang(self, meanwhile: Callable[[], object]) -> None:
        self.store.meanwhile = meanwhile


def zombie_delete_after_an_undo(case: Case) -> str | None:
    """The first attempt hangs in one region; the second is applied in the other, and then undone."""
    first, second = (any_write(operation="delete", status=204, key="one-click") for _ in range(2))

    def meanwhile() -> None:
        delete(case.realm, case.id, second)
        restore(case.realm, case.id, any_write(operation="restore", key="undo"))

    case.hang(meanwhile)
    delete(case.realm, case.id, first)
    return "deleted again" if case.user.profile.deleted_at else None


def late_grant_after_a_demotion(case: Case) -> str | None:
    first, second = (any_write(operation="role", caller="admin", key="grant") for _ in range(2))

    def meanwhile() -> None:
        set_role(case.realm, case.id, "admin", second)
        set_role(case.realm, case.id, "user", any_write(operation="role", caller="other", key="demote"))

    case.hang(meanwhile)
    set_role(case.realm, case.id, "admin", first)
    return "an administrator again" if case.user.profile.role == "admin" else None


def password_retry_after_an_edit(case: Case) -> str | None:
    case.store._users[case.id] = replace(case.user, password_hash=hash_password("first"))
    first, second = (any_write(operation="password", caller=case.id, key="change") for _ in range(2))

    def meanwhile() -> None:
        change_password(case.realm, case.id, second, current="first", new="second")
        edit_profile(case.realm, case.id, any_write(caller=case.id, key="edit"), name="Edited")

    case.hang(meanwhile)
    change_password(case.realm, case.id, first, current="first", new="second")
    assert matches("second", case.user.password_hash)
    return None if case.user.profile.name == "Edited" else "the edit is lost"


def one_key_twice_in_flight(case: Case) -> str | None:
    """Both have read before either writes: it happens once, and both are told so."""
    once = Write(operation="delete", caller="somebody", status=204, key="one-click", body={})
    told: list[int] = []
    case.hang(lambda: told.append(delete(case.realm, case.id, once).status))
    told.append(delete(case.realm, case.id, once).status)
    assert told == [204, 204]
    return None if case.store.written == 1 else "it happened twice"


def another_edit_at_the_same_time(case: Case) -> str | None:
    case.hang(lambda: edit_profile(case.realm, case.id, any_write(key="other"), locale="zh-CN"))
    edit_profile(case.realm, case.id, any_write(key="this"), name="New")
    both = (case.user.profile.name, case.user.profile.locale)
    return None if both == ("New", "zh-CN") else "an edit is lost"


CASES = [
    zombie_delete_after_an_undo,
    late_grant_after_a_demotion,
    password_retry_after_an_edit,
    one_key_twice_in_flight,
    another_edit_at_the_same_time,
]


@pytest.mark.parametrize("play", CASES)
def should_keep_everybodys_writes(play: Callable[[Case], str | None]) -> None:
    assert play(Case(Hanging())) is None


@pytest.mark.parametrize("play", CASES)
def should_report_a_loss_when_the_condition_is_taken_out(play: Callable[[Case], str | None]) -> None:
    assert play(Case(Unconditional())) is not None


def seventeenth_key() -> str:
    """What a caller is told whose places are all taken; nothing is written then."""
    realm = any_realm(clock=Clock())
    user = any_user()
    realm.store.create(user)
    for _ in range(REMEMBERED):
        edit_profile(realm, user.id, any_write(caller=user.id, key=any_key()), name="x")
    before = realm.store.get(user.id)
    try:
        edit_profile(realm, user.id, any_write(caller=user.id, key=any_key()), name="y")
    except Refusal as refusal:
        assert realm.store.get(user.id) == before
        return refusal.code
    return "written"


def should_refuse_a_key_that_finds_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seventeenth_key() == "slow-down"
    monkeypatch.setattr(changing, "REMEMBERED", REMEMBERED + 1)
    assert seventeenth_key() == "written", "the same without the limit"


def change_whose_answer_is_lost() -> str | None:
    realm = any_realm(AnswerLost(), Clock())
    user = replace(any_user(), password_hash=hash_password("first"))
    MemoryStore.create(realm.store, user)  # type: ignore[arg-type]
    write = any_write(operation="password", caller=user.id, status=204)
    try:
        change_password(realm, user.id, write, current="first", new="second")
    except Rejected as rejected:
        return rejected.fault.code
    return None


def registration_whose_answer_is_lost() -> str | None:
    write = any_write(operation="register", caller="anyone", status=201)
    try:
        register(any_realm(AnswerLost()), any_registration(), write)
    except Refusal as refusal:
        return refusal.code
    return None


def should_know_its_own_write_when_the_sdk_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert change_whose_answer_is_lost() is None
    assert registration_whose_answer_is_lost() is None
    for module in (changing, registering):
        monkeypatch.setattr(module, "recall", lambda *_: None)
    assert change_whose_answer_is_lost() == "wrong", "told that the old password is wrong, which it is by now"
    assert registration_whose_answer_is_lost() == "email-taken", "by himself"


class Conflicts:
    """DynamoDB refuses the next writes: the other region writes the same item at this moment."""

    def __init__(self, client: Any, count: int) -> None:
        self.left, self.told = count, 0
        client.meta.events.register_first("before-send.dynamodb.UpdateItem", self)

    def stream(self) -> Iterator[bytes]:
        yield b'{"__type": "com.amazonaws.dynamodb.v20120810#ReplicatedWriteConflictException"}'

    def __call__(self, request: Any, **_: object) -> AWSResponse | None:
        # moto would write all the same, and only its answer would be another one.
        botocore_stubber.enabled = not self.left
        if not self.left:
            return None
        self.left, self.told = self.left - 1, self.told + 1
        return AWSResponse(request.url, 409, HTTPHeaders(), self)


@pytest.mark.parametrize(
    ("conflicts", "attempts", "code"), [(1, 2, None), (2, 2, "unavailable"), (1, 1, "unavailable")]
)
def should_try_again_when_the_other_region_writes_at_the_same_moment(
    conflicts: int, attempts: int, code: str | None, aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once is mended by the SDK; what outlasts its two attempts is 503, and so is once without them."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    name = any_key()
    create_table(name)
    client = dynamodb(REQUEST.merge(Config(retries={"mode": "legacy", "total_max_attempts": attempts})))
    realm = any_realm(DynamoStore(client, name))
    user = any_user()
    realm.store.create(user)
    refused = Conflicts(client, conflicts)
    found = None
    try:
        edit_profile(realm, user.id, any_write(key="key"), name="New")
    except Refusal as refusal:
        found = refusal.code
    finally:
        botocore_stubber.enabled = True
    assert (found, refused.told) == (code, conflicts)
    left = realm.store.get(user.id)
    assert left and left.profile.name == ("New" if code is None else user.profile.name)


def edits_at_once(realm: Realm, user: User, people: int) -> int:
    """How many of the edits that were acknowledged are in the history."""
    start = threading.Barrier(people)

    def attempt(number: int) -> int:
        start.wait()
        write = any_write(caller=f"admin {number}", key=any_key())
        try:
            changing.change(
                realm, user.id, write, lambda one: renamed(one, f"N {number}"), what="profile-edited"
            )
        except Refusal as refusal:
            assert refusal.code == "write-conflict"
            return 0
        return 1

    with ThreadPoolExecutor(people) as pool:
        return sum(pool.map(attempt, range(people)))


def should_lose_no_edit_of_ten_at_once() -> None:
    realm = any_realm(MemoryStore())
    user = any_user()
    realm.store.create(user)
    acknowledged = edits_at_once(realm, user, 10)
    left = realm.store.get(user.id)
    assert left and len(left.events) == acknowledged >= 1
