"""Every write happens once, however often and wherever it is repeated."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial

import pytest

from tests.lambdas.builders import (
    NAMESPACE,
    START,
    Clock,
    PlainSigner,
    any_applied,
    any_key,
    any_realm,
    any_registration,
    any_user,
    any_write,
    renamed,
)
from tests.lambdas.refusals import AnswerLost, code_of
from users.appoint import appoint
from users.change import Realm, Write, change, remember, revise
from users.delete import delete
from users.edit_profile import edit_profile
from users.errors import Refusal
from users.items import Conflict
from users.memory import MemoryStore
from users.model import User
from users.register import register
from users.restore import restore
from users.show import show


class Interrupted(MemoryStore):
    """Runs something of somebody else's between this write's read and its write."""

    def __init__(self, *interruptions: Callable[[], object]) -> None:
        super().__init__()
        self.interruptions = list(interruptions)

    def replace(self, seen: User, becomes: User, key: str) -> None:
        if self.interruptions:
            self.interruptions.pop(0)()
        super().replace(seen, becomes, key)


edited = partial(change, what="profile-edited")


def stored(realm: Realm, user: User) -> User:
    found = realm.store.get(user.id)
    assert found
    return found


def someone(realm: Realm, **fields: object) -> User:
    user = any_user(**fields)  # type: ignore[arg-type]
    realm.store.create(user)
    return user


def should_write_the_change_and_its_key() -> None:
    realm = any_realm()
    user = someone(realm)
    done = edit_profile(realm, user.id, any_write(key="key"), name="New")
    assert (done.status, done.user) == (200, stored(realm, user))
    assert done.user.profile.name == "New"
    assert done.user.rev == user.rev + 1
    assert set(done.user.applied) == {"key"}


def should_answer_a_repetition_with_the_first_status_and_the_user_as_he_is_now() -> None:
    realm = any_realm()
    user = someone(realm)
    write = any_write(key="key", status=204)
    edit_profile(realm, user.id, write, name="First")
    edit_profile(realm, user.id, any_write(), name="Second")
    again = edit_profile(realm, user.id, replace(write, status=299), name="First")
    assert (again.status, again.user.profile.name) == (204, "Second")
    assert stored(realm, user).profile.name == "Second"


@pytest.mark.parametrize(
    "other",
    [
        any_write(key="key", body={"name": "Other"}),
        any_write(key="key", caller="another"),
        any_write(key="key", operation="delete"),
    ],
    ids=["body", "caller", "operation"],
)
def should_refuse_another_write_under_the_same_key(other: Write) -> None:
    realm = any_realm()
    user = someone(realm)
    edit_profile(realm, user.id, any_write(key="key"), name="First")
    assert code_of(lambda: edit_profile(realm, user.id, other, name="Other")) == "idempotency-mismatch"
    assert stored(realm, user).profile.name == "First"


def should_decide_again_when_the_user_changed_meanwhile() -> None:
    user = any_user()
    other = any_write(key="other")
    store = Interrupted(lambda: edit_profile(realm, user.id, other, locale="zh-CN"))
    realm = any_realm(store)
    store.create(user)
    done = edit_profile(realm, user.id, any_write(), name="New")
    assert (done.user.profile.name, done.user.profile.locale) == ("New", "zh-CN")
    assert done.user.rev == 3


def should_give_up_after_three_rounds() -> None:
    user = any_user()
    store = Interrupted(*[lambda: rename(any_write()) for _ in range(9)])
    realm = any_realm(store)
    store.create(user)

    def rename(write: Write) -> None:
        seen = stored(realm, user)
        MemoryStore.replace(store, seen, renamed(replace(seen, rev=seen.rev + 1), "x"), write.effective_key)

    assert code_of(lambda: edit_profile(realm, user.id, any_write(), name="New")) == "write-conflict"
    assert len(store.interruptions) == 6


def should_recognise_its_own_write_when_the_sdk_repeats_it() -> None:
    realm = any_realm(AnswerLost())
    user = any_user()
    MemoryStore.create(realm.store, user)  # type: ignore[arg-type]
    for write in (any_write(), any_write(key=any_key())):
        done = edit_profile(realm, user.id, write, name="New")
        assert (done.status, done.user.profile.name) == (200, "New")


def should_recognise_its_own_write_also_in_the_last_round() -> None:
    user = any_user()

    class LostAtLast(Interrupted):
        def replace(self, seen: User, becomes: User, key: str) -> None:
            was_last = not self.interruptions
            super().replace(seen, becomes, key)
            if was_last:
                raise Conflict(self.get(seen.id))

    def rename() -> None:
        seen = stored(realm, user)
        MemoryStore.replace(store, seen, renamed(replace(seen, rev=seen.rev + 1), "x"), any_key())

    store = LostAtLast(rename, rename)
    realm = any_realm(store)
    store.create(user)
    assert edit_profile(realm, user.id, any_write(), name="New").user.profile.name == "New"


def should_not_find_who_is_gone() -> None:
    realm = any_realm()
    assert code_of(lambda: edit_profile(realm, any_user().id, any_write(), name="x")) == "not-found"


def should_not_edit_who_was_deleted_meanwhile() -> None:
    user = any_user()
    store = Interrupted(lambda: delete(realm, user.id, any_write(operation="delete", status=204)))
    realm = any_realm(store)
    store.create(user)
    assert code_of(lambda: edit_profile(realm, user.id, any_write(key="key"), name="New")) == "not-found"
    left = stored(realm, user)
    assert (left.profile.state, left.profile.name) == ("deleted", user.profile.name)
    assert "key" not in left.applied


def should_not_delete_again_when_a_delete_arrives_late_after_its_undo() -> None:
    """The client's first attempt hangs in one region; its second is applied in the other and then undone."""
    user = any_user()
    key = "one-click"
    first, second = (any_write(operation="delete", status=204, key=key) for _ in range(2))

    def meanwhile() -> None:
        delete(realm, user.id, second)
        restore(realm, user.id, any_write(operation="restore", key="undo"))

    store = Interrupted(meanwhile)
    realm = any_realm(store)
    store.create(user)
    assert delete(realm, user.id, first).status == 204
    assert stored(realm, user).profile.deleted_at is None


def should_not_delete_again_when_a_delete_that_had_nothing_to_do_is_repeated_after_the_undo() -> None:
    realm = any_realm()
    user = someone(realm, deleted_at=START)
    late = any_write(operation="delete", status=204, key="late")
    assert delete(realm, user.id, late).status == 204
    restore(realm, user.id, any_write(operation="restore", key="undo"))
    assert delete(realm, user.id, late).status == 204
    assert stored(realm, user).profile.deleted_at is None


def should_leave_a_later_name_alone_when_the_earlier_write_is_repeated() -> None:
    realm = any_realm()
    user = someone(realm)
    early = any_write(key="early", body={"name": "Early"})
    edit_profile(realm, user.id, early, name="Early")
    edit_profile(realm, user.id, any_write(key="late", body={"name": "Late"}), name="Late")
    assert edit_profile(realm, user.id, early, name="Early").user.profile.name == "Late"


def should_write_nothing_when_there_is_nothing_to_change_and_no_key_to_keep() -> None:
    realm = any_realm()
    user = someone(realm)
    assert edit_profile(realm, user.id, any_write()).user == user
    assert stored(realm, user) == user


def should_refuse_a_seventeenth_key_until_the_oldest_is_a_day_old() -> None:
    clock = Clock()
    realm = any_realm(clock=clock)
    user = someone(realm)
    for _ in range(16):
        edit_profile(realm, user.id, any_write(caller=user.id, key=any_key()), name="x")
        clock.advance(minutes=1)
    with pytest.raises(Refusal) as refusal:
        edit_profile(realm, user.id, any_write(caller=user.id, key=any_key()), name="y")
    assert refusal.value.code == "slow-down"
    assert refusal.value.retry_after == (24 * 60 - 16) * 60
    last = any_write(caller=user.id, key=any_key())
    clock.advance(seconds=refusal.value.retry_after - 0.3)
    with pytest.raises(Refusal) as refusal:
        edit_profile(realm, user.id, last, name="y")
    assert refusal.value.retry_after == 1
    clock.advance(seconds=0.3)
    assert edit_profile(realm, user.id, last, name="y").user.profile.name == "y"
    assert len(stored(realm, user).applied) == 16


def should_count_the_key_of_the_registration_with_those_of_the_user_himself() -> None:
    realm = any_realm()
    registered = register(
        realm,
        any_registration(),
        any_write(operation="register_user", caller="anyone", status=201, key=any_key()),
    ).user
    for _ in range(15):
        edit_profile(realm, registered.id, any_write(caller=registered.id, key=any_key()), name="x")
    own = any_write(caller=registered.id, key=any_key())
    assert code_of(lambda: edit_profile(realm, registered.id, own, name="y")) == "slow-down"


def should_let_nobody_escape_others_by_writing_often() -> None:
    realm = any_realm()
    user = someone(realm)
    for _ in range(16):
        edit_profile(realm, user.id, any_write(caller=user.id, key=any_key()), name="x")
    assert appoint(realm, user.profile.email).user.profile.role == "admin"
    by_admin = any_write(operation="delete", caller="admin", key=any_key())
    assert delete(realm, user.id, by_admin).user.profile.deleted_at


def should_refuse_others_when_their_own_places_are_taken_and_the_user_himself_not() -> None:
    realm = any_realm()
    user = someone(realm)
    for number in range(16):
        write = any_write(caller=f"admin {number % 2}", key=any_key())
        edited(realm, user.id, write, lambda one: renamed(one, "x"))
    other = any_write(caller="another admin", key=any_key())
    assert code_of(lambda: edited(realm, user.id, other, lambda one: renamed(one, "y"))) == "slow-down"
    own = any_write(caller=user.id, key=any_key())
    assert edit_profile(realm, user.id, own, name="y").user.profile.name == "y"
    assert edited(realm, user.id, any_write(caller="admin"), lambda one: renamed(one, "z")).status == 200


def should_still_recognise_a_repetition_when_all_places_are_taken() -> None:
    realm = any_realm()
    user = someone(realm)
    writes = [any_write(key=any_key()) for _ in range(16)]
    for write in writes:
        edit_profile(realm, user.id, write, name="x")
    assert edit_profile(realm, user.id, writes[0], name="x").status == 200


def should_drop_its_own_keys_after_a_minute_and_for_newer_ones_of_its_own() -> None:
    clock = Clock()
    realm = any_realm(clock=clock)
    theirs = {f"key-{number}": any_applied(by="other" if number % 2 else "self") for number in range(32)}
    own = {f".{number}": any_applied(at=START + timedelta(seconds=15 - number)) for number in range(16)}
    clock.advance(seconds=20)
    for write in (any_write(), any_write(caller="another")):
        full = remember(realm, {**theirs, **own}, write, by="other")
        assert set(full) == {*theirs, *own, write.own_key} - {".15"}
    clock.advance(seconds=50)
    left = remember(realm, own, any_write(key="next"), by="self")
    assert set(left) == {f".{number}" for number in range(5)} | {"next"}


def should_forget_a_key_after_a_day() -> None:
    clock = Clock()
    realm = any_realm(clock=clock)
    user = someone(realm)
    edit_profile(realm, user.id, any_write(key="key"), name="First")
    clock.advance(hours=24)
    other = any_write(key="key", body={"name": "Second"})
    assert edit_profile(realm, user.id, other, name="Second").user.profile.name == "Second"
    assert stored(realm, user).applied["key"].at == clock.now


def should_keep_no_part_of_a_body_in_a_fingerprint() -> None:
    realm = any_realm()
    user = someone(realm)
    write = any_write(key="key", body={"name": "New"})
    edit_profile(realm, user.id, write, name="New")
    fingerprint = stored(realm, user).applied["key"].fingerprint
    assert PlainSigner().verify(write.message, fingerprint)
    assert "New" not in fingerprint


def should_mark_as_deleted_and_undo() -> None:
    clock = Clock()
    realm = any_realm(clock=clock)
    user = someone(realm)
    clock.advance(minutes=3)
    deleted = delete(realm, user.id, any_write(operation="delete", status=204)).user
    assert deleted.profile.deleted_at == clock.now
    clock.advance(minutes=3)
    again = delete(realm, user.id, any_write(operation="delete", status=204))
    assert (again.status, again.user.profile.deleted_at) == (204, deleted.profile.deleted_at)
    assert again.user.token_version == deleted.token_version == user.token_version + 1
    assert restore(realm, user.id, any_write()).user.profile == user.profile
    assert code_of(lambda: restore(realm, user.id, any_write())) == "not-deleted"


def should_not_let_an_administrator_delete_himself() -> None:
    realm = any_realm()
    admin, person = someone(realm, role="admin"), someone(realm)
    itself = any_write(operation="delete", caller=admin.id)
    assert code_of(lambda: delete(realm, admin.id, itself)) == "not-allowed"
    assert delete(realm, person.id, any_write(operation="delete", caller=person.id)).user.profile.deleted_at


def should_see_in_the_last_moment_that_somebody_was_made_an_administrator() -> None:
    user = any_user()
    store = Interrupted(lambda: appoint(realm, user.profile.email))
    realm = any_realm(store)
    store.create(user)
    assert code_of(lambda: delete(realm, user.id, any_write(caller=user.id))) == "not-allowed"


@pytest.mark.parametrize("user_id", ["", "nobody", "usr_", any_user().id.upper(), any_user().id + "x"])
def should_not_find_what_is_no_id(user_id: str) -> None:
    realm = any_realm()
    assert code_of(lambda: delete(realm, user_id, any_write())) == "not-found"
    assert code_of(lambda: restore(realm, user_id, any_write())) == "not-found"


def should_appoint_once_and_never_the_deleted() -> None:
    realm = any_realm()
    user, gone = someone(realm), someone(realm, deleted_at=START)
    assert appoint(realm, f" {user.profile.email.upper()}").user.profile.role == "admin"
    assert appoint(realm, user.profile.email).user == stored(realm, user)
    assert stored(realm, user).rev == 2
    assert code_of(lambda: appoint(realm, gone.profile.email)) == "not-found"


def should_need_a_signer_only_for_keys_of_callers() -> None:
    realm = replace(any_realm(), signer=None)
    user = someone(realm, applied={"key": any_applied()})
    assert edited(realm, user.id, any_write(), lambda one: renamed(one, "New")).status == 200
    mismatch = code_of(lambda: edited(realm, user.id, any_write(key="key"), lambda one: one))
    assert mismatch == "idempotency-mismatch"
    signing = any_realm()
    user = someone(signing)
    edited(signing, user.id, any_write(), lambda one: renamed(one, "New"))
    assert [one.fingerprint for one in stored(signing, user).applied.values()] == [""]


def should_look_for_nobody_by_what_is_no_id() -> None:
    class Asked(MemoryStore):
        def get(self, user_id: str) -> User | None:
            raise AssertionError(user_id)

    assert code_of(lambda: show(any_realm(Asked()), "nobody")) == "not-found"


def should_take_the_time_to_the_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fixed(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Fixed":
            return cls(2026, 11, 25, 10, 0, 0, 123_999, tz)

    monkeypatch.setattr("notices.times.datetime", Fixed)
    realm = Realm(store=MemoryStore(), namespace=NAMESPACE)
    assert realm.now() == datetime(2026, 11, 25, 10, 0, 0, 123_000, UTC)


def should_revise_without_a_place_in_what_was_applied() -> None:
    keys: list[str] = []

    class Noting(MemoryStore):
        def replace(self, seen: User, becomes: User, key: str) -> None:
            keys.append(key)
            super().replace(seen, becomes, key)

    realm = any_realm(Noting())
    user = someone(realm)
    revise(realm, user.id, lambda one: renamed(one, "New"))
    assert (stored(realm, user).profile.name, stored(realm, user).rev, keys) == ("New", user.rev + 1, [""])
