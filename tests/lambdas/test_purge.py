"""Purging: what belongs to somebody first, the user last, and only who is still deleted."""

from collections.abc import Callable

import pytest

from tests.lambdas.builders import Clock, any_realm, any_registration, any_write
from users.change import Realm
from users.delete import delete
from users.errors import Refusal
from users.purge import purge
from users.register import register
from users.restore import restore


class Files:
    """Somebody's files, which take several times to remove."""

    def __init__(self, left: int = 0, then: Callable[[], object] = lambda: None) -> None:
        self.left = left
        self.asked: list[str] = []
        self._then = then

    def remove(self, user_id: str) -> bool:
        self.asked.append(user_id)
        self._then()
        self.left = max(0, self.left - 1)
        return not self.left


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def realm(clock: Clock) -> Realm:
    return any_realm(clock=clock)


def somebody(realm: Realm) -> str:
    return register(realm, any_registration(), any_write(operation="register", status=201)).user.id


def somebody_deleted(realm: Realm) -> str:
    id = somebody(realm)
    delete(realm, id, any_write(operation="delete"))
    return id


def should_purge_nobody_before_30_days_are_over(realm: Realm, clock: Clock) -> None:
    id, files = somebody_deleted(realm), Files()
    clock.advance(days=30, milliseconds=-1)
    assert not purge(realm, id, files)
    assert realm.store.get(id)
    assert files.asked == []


def should_purge_exactly_those_who_were_deleted_30_days_ago(realm: Realm, clock: Clock) -> None:
    first, active = somebody_deleted(realm), somebody(realm)
    clock.advance(days=1)
    second, back = somebody_deleted(realm), somebody_deleted(realm)
    restore(realm, back, any_write(operation="restore"))
    clock.advance(days=29)

    files = Files()
    assert [id for id in (first, second, active, back) if purge(realm, id, files)] == [first]

    assert [id for id in (first, second, active, back) if realm.store.get(id)] == [second, active, back]
    assert files.asked == [first]


def should_remove_the_user_only_when_none_of_his_files_is_left(realm: Realm, clock: Clock) -> None:
    id, files = somebody_deleted(realm), Files(left=3)
    clock.advance(days=30)
    assert [purge(realm, id, files) for _ in range(3)] == [False, False, True]
    assert realm.store.get(id) is None


def should_keep_the_user_while_a_bucket_cannot_be_reached(realm: Realm, clock: Clock) -> None:
    id = somebody_deleted(realm)
    clock.advance(days=30)

    def fail() -> None:
        raise Refusal("unavailable")

    with pytest.raises(Refusal):
        purge(realm, id, Files(then=fail))
    assert realm.store.get(id)


def should_keep_a_user_who_was_restored_while_his_files_were_removed(realm: Realm, clock: Clock) -> None:
    id = somebody_deleted(realm)
    clock.advance(days=30)
    slow = Clock()  # of a function in the other region, which began in time
    slow.now = clock.now
    slow.advance(seconds=-1)
    late = any_realm(store=realm.store, clock=slow)

    assert not purge(realm, id, Files(then=lambda: restore(late, id, any_write(operation="restore"))))

    found = realm.store.get(id)
    assert found
    assert found.profile.deleted_at is None


def should_purge_somebody_once(realm: Realm, clock: Clock) -> None:
    id, files = somebody_deleted(realm), Files()
    clock.advance(days=30)
    assert [purge(realm, id, files) for _ in range(2)] == [True, False]


def should_let_the_address_be_registered_anew(realm: Realm, clock: Clock) -> None:
    registration = any_registration()
    first = register(realm, registration, any_write(operation="register", status=201)).user
    delete(realm, first.id, any_write(operation="delete"))
    clock.advance(days=30)
    assert purge(realm, first.id, Files())
    again = register(realm, registration, any_write(operation="register", status=201)).user
    assert again.id == first.id
    assert again.token_version != first.token_version
