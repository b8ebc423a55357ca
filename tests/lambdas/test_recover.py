"""Recovery from bad writes puts back what nobody meant, and loses nothing that somebody did."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.lambdas.api import create_table
from tests.lambdas.builders import (
    START,
    Clock,
    PlainTokens,
    any_key,
    any_realm,
    any_registration,
    any_user,
    any_write,
    renamed,
)
from tests.lambdas.posting import WatchedStore
from tests.lambdas.refusals import AnswerLost
from users.appoint import appoint
from users.change import EVENTS, Realm
from users.change_password import change_password
from users.delete import delete
from users.earlier import DynamoEarlier, Earlier
from users.edit_profile import edit_profile
from users.errors import Refusal
from users.links import send_link
from users.memory import MemoryEarlier, MemoryStore
from users.model import Document, Event, Profile, User
from users.passwords import hash_password, matches
from users.recover import EXPLAINED_BY, Finding, Recovered, Recovery, recover_page
from users.register import register
from users.restore import restore
from users.set_role import set_role
from users.store import KIND, DynamoStore

TO_START = Recovery(at=START)


class Scene:
    """A user as he was at the start, and what happened since."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.clock = Clock()
        self.realm = any_realm(store or MemoryStore(), self.clock)
        self.was = replace(any_user(), password_hash=hash_password("as it was"))
        MemoryStore.create(self.realm.store, self.was)  # type: ignore[arg-type]
        self.clock.advance(hours=1)

    @property
    def now(self) -> User:
        found = self.realm.store.get(self.was.id)
        assert found
        return found

    def write_badly(self, **profile: Any) -> None:
        """What a script does that knows nothing of revisions and histories."""
        self._users[self.was.id] = replace(self.now, profile=replace(self.now.profile, **profile))

    def send_link(self) -> None:
        """As when somebody asks for one."""
        self._users[self.was.id] = send_link(self.now, PlainTokens(), "reset", "reset", self.clock.now)

    def lose(self) -> None:
        del self._users[self.was.id]

    def recover(self, recovery: Recovery = TO_START, *, dry_run: bool = False) -> Finding:
        earlier = MemoryEarlier([self.was])
        done = recover_page(self.realm, earlier, recovery, limit=10, after=None, dry_run=dry_run)
        [finding] = done.findings
        return finding

    @property
    def _users(self) -> dict[str, User]:
        assert isinstance(self.realm.store, MemoryStore)
        return self.realm.store._users


@pytest.fixture
def scene() -> Scene:
    return Scene()


def should_leave_alone_who_is_as_he_was(scene: Scene) -> None:
    assert scene.recover().verdict == "same"
    assert scene.now == scene.was


def should_put_back_what_no_event_explains(scene: Scene) -> None:
    scene.write_badly(name="Overwritten", role="admin", locale="zh-CN", verified_at=START, deleted_at=START)
    seen = scene.now
    found = scene.recover()
    assert (found.verdict, found.back) == ("changed", ("name", "locale", "role", "verified_at", "deleted_at"))
    assert scene.now.profile == scene.was.profile
    assert scene.now.rev == seen.rev + 1
    assert scene.now.token_version > max(seen.token_version, scene.was.token_version)
    assert [(one.what, one.by) for one in scene.now.events] == [("recovered", "operator")]


def any_document(minutes: int) -> Document:
    return Document(id=f"upl_{minutes}", at=START + timedelta(minutes=minutes))


def should_keep_a_document_that_is_newer(scene: Scene) -> None:
    scene.write_badly(document=any_document(1))
    assert scene.recover() == Finding(id=scene.was.id, verdict="newer", kept=("document",))


@pytest.mark.parametrize("wrong", [any_document(1), None])
def should_put_back_a_document_that_is_gone_or_older(scene: Scene, wrong: Document | None) -> None:
    scene.was = replace(scene.was, profile=replace(scene.was.profile, document=any_document(2)))
    scene.write_badly(document=wrong)
    assert scene.recover().back == ("document",)
    assert scene.now.profile.document == any_document(2)


def should_change_nothing_more_when_it_is_repeated(scene: Scene) -> None:
    scene.write_badly(name="Overwritten")
    scene.recover()
    once = scene.now
    assert scene.recover().verdict == "same"
    assert scene.now == once


def should_only_tell_in_a_dry_run(scene: Scene) -> None:
    scene.write_badly(name="Overwritten")
    seen = scene.now
    assert scene.recover(dry_run=True) == Finding(id=scene.was.id, verdict="changed", back=("name",))
    assert scene.now == seen


def edits(scene: Scene) -> None:
    edit_profile(scene.realm, scene.was.id, any_write(caller=scene.was.id), name="Of today", locale="zh-CN")


def changes_password(scene: Scene) -> None:
    change_password(
        scene.realm,
        scene.was.id,
        any_write(operation="change", caller=scene.was.id),
        current="as it was",
        new="of today",
    )


def is_deleted(scene: Scene) -> None:
    delete(scene.realm, scene.was.id, any_write(operation="delete", caller="admin"))


def is_promoted(scene: Scene) -> None:
    set_role(scene.realm, scene.was.id, "admin", any_write(operation="role", caller="admin"))


@pytest.mark.parametrize(
    ("do", "kept"),
    [
        (edits, ("name", "locale")),
        (changes_password, ("password_hash",)),
        (is_deleted, ("deleted_at",)),
        (is_promoted, ("role",)),
    ],
)
def should_keep_what_somebody_did_since_and_put_back_the_rest(
    scene: Scene, do: Callable[[Scene], None], kept: tuple[str, ...]
) -> None:
    do(scene)
    done = scene.now
    assert scene.recover() == Finding(id=scene.was.id, verdict="newer", kept=kept)
    assert scene.now == done
    scene.write_badly(registered_at=START - timedelta(days=1))
    assert scene.recover() == Finding(id=scene.was.id, verdict="changed", back=("registered_at",), kept=kept)
    assert scene.now.profile == done.profile
    assert scene.now.password_hash == done.password_hash


def should_undo_the_events_that_are_named(scene: Scene) -> None:
    delete(scene.realm, scene.was.id, any_write(operation="delete", caller="rogue"))
    assert scene.recover(Recovery(at=START, undo=frozenset({"role-changed"}))).verdict == "newer"
    others = Recovery(at=START, undo=frozenset({"deleted"}), by="somebody else")
    assert scene.recover(others).verdict == "newer"
    rogues = Recovery(at=START, undo=frozenset({"deleted"}), by="rogue")
    assert scene.recover(rogues) == Finding(id=scene.was.id, verdict="changed", back=("deleted_at",))
    assert scene.now.profile.deleted_at is None
    assert scene.now.links == {}, "the link in the notice of the deletion leads nowhere any more"


def should_keep_what_was_done_besides_the_events_that_are_undone(scene: Scene) -> None:
    set_role(scene.realm, scene.was.id, "admin", any_write(operation="role", caller="rogue"))
    appoint(scene.realm, scene.was.profile.email)
    is_promoted_by_others_too = Recovery(at=START, undo=frozenset({"role-changed"}), by="rogue")
    assert scene.now.events[-1].what == "role-changed", "appointing an administrator changes nothing"
    set_role(scene.realm, scene.was.id, "user", any_write(operation="role", caller="admin"))
    set_role(scene.realm, scene.was.id, "admin", any_write(operation="role", caller="admin"))
    assert scene.recover(is_promoted_by_others_too).verdict == "newer"


def should_take_a_recovery_back_only_when_told(scene: Scene) -> None:
    scene.write_badly(name="Overwritten")
    good, bad = scene.was, scene.now
    scene.recover()
    scene.was = bad
    assert scene.recover() == Finding(id=good.id, verdict="newer", kept=("name",))
    assert scene.recover(Recovery(at=START, undo=frozenset({"recovered"}))).back == ("name",)
    assert scene.now.profile.name == "Overwritten"


def should_count_only_events_since_then(scene: Scene) -> None:
    edits(scene)
    scene.was = scene.now
    scene.write_badly(name="Overwritten")
    assert scene.recover(Recovery(at=scene.clock.now)).back == ("name",)
    assert scene.now.profile.name == "Of today"


def should_keep_what_a_history_that_is_cut_off_may_explain(scene: Scene) -> None:
    for number in range(EVENTS):
        write = any_write(caller=scene.was.id)
        edit_profile(scene.realm, scene.was.id, write, name=f"Name {number}")
        scene.clock.advance(minutes=2)
    scene.write_badly(role="admin", registered_at=START - timedelta(days=1))
    found = scene.recover()
    assert (found.back, found.kept) == (("registered_at",), ("name", "role"))


def should_keep_what_somebody_does_while_he_is_put_back() -> None:
    store = WatchedStore()
    scene = Scene(store)
    scene.write_badly(name="Overwritten")
    store.before[1] = partial(edits, scene)
    found = scene.recover()
    assert (found.verdict, found.kept) == ("newer", ("name", "locale"))
    assert scene.now.profile.name == "Of today"
    assert [one.what for one in scene.now.events] == ["profile-edited"]


def should_put_back_a_password_and_end_its_links(scene: Scene) -> None:
    scene.realm.store._users[scene.was.id] = replace(  # type: ignore[attr-defined]
        scene.now, password_hash=hash_password("of somebody else")
    )
    scene.send_link()
    assert scene.recover().back == ("password_hash",)
    assert matches("as it was", scene.now.password_hash)
    assert scene.now.links == {}


def should_leave_the_links_of_who_gets_something_else_back(scene: Scene) -> None:
    scene.send_link()
    links = scene.now.links
    scene.write_badly(name="Overwritten")
    assert scene.recover().back == ("name",)
    assert scene.now.links == links != {}


def should_keep_the_keys_that_were_applied_since(scene: Scene) -> None:
    late = any_write(operation="delete", status=204, caller=scene.was.id, key="one-click")
    delete(scene.realm, scene.was.id, late)
    restore(scene.realm, scene.was.id, any_write(operation="restore", caller="admin", key="undo"))
    scene.write_badly(name="Overwritten")
    assert scene.recover().back == ("name",)
    assert delete(scene.realm, scene.was.id, late).status == 204
    assert scene.now.profile.deleted_at is None


class Interrupted(MemoryStore):
    """Somebody else writes between this write's read and its write."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], object]] = []

    def replace(self, seen: User, becomes: User, key: str) -> None:
        if self.meanwhile:
            self.meanwhile.pop()()
        super().replace(seen, becomes, key)

    def create(self, user: User) -> None:
        if self.meanwhile:
            self.meanwhile.pop()()
        super().create(user)


class WithoutCondition(Interrupted):
    """Writes whatever is there."""

    def replace(self, seen: User, becomes: User, key: str) -> None:
        if self.meanwhile:
            self.meanwhile.pop()()
        self._users[seen.id] = becomes


@pytest.mark.parametrize(("kind", "is_lost"), [(Interrupted, False), (WithoutCondition, True)])
def should_lose_nothing_that_is_written_meanwhile_and_would_without_the_condition(
    kind: type[Interrupted], is_lost: bool
) -> None:
    store = kind()
    scene = Scene(store)
    scene.write_badly(name="Overwritten", role="admin")
    store.meanwhile = [lambda: edits(scene)]
    found = scene.recover()
    assert scene.now.profile.role == "user"
    assert (scene.now.profile.name != "Of today") is is_lost
    assert found.kept == (() if is_lost else ("name", "locale"))


def should_put_back_who_is_gone_without_sessions_links_and_notices(scene: Scene) -> None:
    delete(scene.realm, scene.was.id, any_write(operation="delete", caller="admin", key="key"))
    scene.was = scene.now
    assert scene.was.links and scene.was.outbox
    scene.lose()
    assert scene.recover(Recovery(at=scene.clock.now)).verdict == "missing"
    assert scene.now.profile == scene.was.profile
    assert scene.now.rev > scene.was.rev
    assert scene.now.token_version != scene.was.token_version
    assert (scene.now.links, scene.now.outbox) == ({}, {})
    assert "key" in scene.now.applied
    assert (scene.now.events[-1].what, scene.now.events[-1].by) == ("recovered", "operator")
    assert {key: one.by for key, one in scene.now.applied.items() if key != "key"} == {
        key: "other" for key in scene.now.applied if key != "key"
    }
    assert scene.recover(Recovery(at=scene.clock.now)).verdict == "same"


@pytest.mark.parametrize(
    ("deleted", "days", "verdict"),
    [(True, 29, "missing"), (True, 30, "erased"), (False, 29, "missing"), (False, 30, "erased")],
)
def should_leave_erased_who_may_have_been_purged(
    scene: Scene, deleted: bool, days: int, verdict: str
) -> None:
    if deleted:
        scene.was = replace(scene.was, profile=replace(scene.was.profile, deleted_at=START))
    scene.lose()
    scene.clock.now = START + timedelta(days=days)
    # Deleted before: what counts is the deletion, not the moment that is gone back to.
    at = START + timedelta(days=20) if deleted else START
    assert scene.recover(Recovery(at=at)).verdict == verdict
    assert (scene.realm.store.get(scene.was.id) is None) == (verdict == "erased")


def should_leave_alone_who_registered_again_since(scene: Scene) -> None:
    scene.lose()
    registration = any_registration(email=scene.was.profile.email, password="of the new owner")
    anew = register(scene.realm, registration, any_write(operation="register", caller="anyone", status=201))
    assert scene.recover() == Finding(id=scene.was.id, verdict="anew")
    assert scene.now == anew.user


def should_leave_alone_who_registers_again_at_the_same_moment() -> None:
    store = Interrupted()
    scene = Scene(store)
    scene.lose()
    registration = any_registration(email=scene.was.profile.email)
    write = any_write(operation="register", caller="anyone", status=201)
    store.meanwhile = [lambda: register(scene.realm, registration, write)]
    assert scene.recover().verdict == "anew"
    assert scene.now.profile.name == registration.name


def should_not_bring_back_who_is_erased_meanwhile() -> None:
    store = Interrupted()
    scene = Scene(store)
    scene.write_badly(name="Overwritten")
    scene.clock.now = START + timedelta(days=40)
    store.meanwhile = [scene.lose]
    assert scene.recover().verdict == "erased"
    assert store.get(scene.was.id) is None


def should_recognise_its_own_creation_when_the_sdk_repeats_it() -> None:
    scene = Scene(AnswerLost())
    scene.lose()
    assert scene.recover().verdict == "missing"
    assert scene.now.profile == scene.was.profile


def should_give_up_when_somebody_comes_and_goes_all_the_time() -> None:
    class Restless(MemoryStore):
        def create(self, user: User) -> None:
            super().create(user)
            self._users[user.id] = replace(user, applied={})
            try:
                super().create(user)
            finally:
                del self._users[user.id]

    scene = Scene(Restless())
    scene.lose()
    with pytest.raises(Refusal) as refusal:
        scene.recover()
    assert refusal.value.code == "write-conflict"


def should_not_hide_that_the_table_does_not_answer() -> None:
    class Silent(MemoryStore):
        def replace(self, seen: User, becomes: User, key: str) -> None:
            raise Refusal("unavailable")

    scene = Scene(Silent())
    scene.write_badly(name="Overwritten")
    with pytest.raises(Refusal) as refusal:
        scene.recover()
    assert refusal.value.code == "unavailable"


def should_know_how_every_field_of_a_user_is_put_back() -> None:
    """A field that is added to `Profile` needs a line in `EXPLAINED_BY`: what may explain that it changed?"""
    assert {*EXPLAINED_BY} == {one.name for one in fields(Profile)} - {"id"} | {"password_hash"}


@pytest.fixture(params=["memory", "dynamodb"])
def copy_of(request: pytest.FixtureRequest) -> Callable[[list[User]], Earlier[User]]:
    if request.param == "memory":
        return MemoryEarlier
    request.getfixturevalue("aws")

    def copy(users: list[User]) -> Earlier[User]:
        name = any_key()
        client = create_table(name)
        for user in users:
            DynamoStore(client, name).create(user)
        client.put_item(TableName=name, Item={"pk": {"S": "upl_1"}, "sk": {"S": "upload"}})
        return DynamoEarlier(client, name, KIND)

    return copy


def should_know_one_as_he_was(copy_of: Callable[[list[User]], Earlier[User]]) -> None:
    users = [any_user() for _ in range(2)]
    earlier = copy_of(users)
    assert [earlier.get(user.id) for user in users] == users
    assert earlier.get("usr_nobody") is None


def walk(realm: Realm, earlier: Earlier[User]) -> list[Recovered]:
    pages: list[Recovered] = []
    after = None
    while not pages or after:
        pages.append(recover_page(realm, earlier, TO_START, limit=2, after=after, dry_run=False))
        after = pages[-1].more
    return pages


def should_go_through_everybody_page_by_page(copy_of: Callable[[list[User]], Earlier[User]]) -> None:
    realm = any_realm(clock=Clock())
    users = [any_user() for _ in range(5)]
    for user in users:
        realm.store.create(renamed(user, "Overwritten"))
    earlier = copy_of(users)
    pages = walk(realm, earlier)
    assert earlier.page(6, None).more is None
    assert all(len(page.findings) <= 2 for page in pages)
    assert sorted(one.id for page in pages for one in page.findings) == sorted(user.id for user in users)
    assert {user.id: user.profile for user in map(realm.store.get, (one.id for one in users)) if user} == {
        user.id: user.profile for user in users
    }


def should_go_on_after_an_item_whose_sort_key_has_parts(aws: None) -> None:
    """As the one has that watchdogs write."""
    name = any_key()
    client = create_table(name)
    keys = [
        {"pk": {"S": "health"}, "sk": {"S": f"watchdog#{region}"}} for region in ("eu-west-1", "eu-west-2")
    ]
    for key in keys:
        client.put_item(TableName=name, Item=key)
    asked: list[Any] = []
    client.meta.events.register(
        "provide-client-params.dynamodb.Scan",
        lambda params, **_: asked.append(params.get("ExclusiveStartKey")),
    )
    earlier = DynamoEarlier(client, name, KIND)
    assert earlier.page(1, earlier.page(1, None).more).things == ()
    assert asked[0] is None
    assert asked[1] in keys


def should_go_on_where_it_was_interrupted(copy_of: Callable[[list[User]], Earlier[User]]) -> None:
    realm = any_realm(clock=Clock())
    users = [any_user() for _ in range(4)]
    for user in users:
        realm.store.create(renamed(user, "Overwritten"))
    earlier = copy_of(users)
    first = recover_page(realm, earlier, TO_START, limit=2, after=None, dry_run=False)
    done = len(first.findings)
    verdicts = sorted(one.verdict for page in walk(realm, earlier) for one in page.findings)
    assert verdicts == ["changed"] * (4 - done) + ["same"] * done


def should_tell_whose_item_is_damaged_and_put_him_back_when_it_is_deleted(aws: None) -> None:
    now, then = any_key(), any_key()
    client = create_table(now)
    create_table(then)
    realm = any_realm(DynamoStore(client, now), Clock())
    user, never = any_user(), any_user()
    for store in (DynamoStore(client, now), DynamoStore(client, then)):
        store.create(user)
    item = {"pk": {"S": user.id}, "sk": {"S": "user"}}
    client.put_item(TableName=now, Item=item)
    client.put_item(TableName=then, Item={"pk": {"S": never.id}, "sk": {"S": "user"}, "rev": {"S": "x"}})

    def verdicts() -> dict[str, str]:
        earlier = DynamoEarlier(client, then, KIND)
        page = recover_page(realm, earlier, TO_START, limit=5, after=None, dry_run=False)
        return {one.id: one.verdict for one in page.findings}

    assert verdicts() == {user.id: "damaged", never.id: "damaged"}
    client.delete_item(TableName=now, Key=item)
    assert verdicts() == {user.id: "missing", never.id: "damaged"}
    found = realm.store.get(user.id)
    assert found and found.profile == user.profile


def should_undo_only_what_it_is_told() -> None:
    event = Event(at=START, what="deleted", by="rogue")
    assert Recovery(at=START, undo=frozenset({"deleted"})).undoes(event)
    assert not Recovery(at=START).undoes(event)
