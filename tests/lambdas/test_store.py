"""What every store keeps to: the fake in memory and DynamoDB alike."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.model import OperationModel

from files.leftovers import KIND as LEFTOVER
from files.store import KIND as UPLOAD
from notices.model import Notice
from tests.lambdas.api import REGION, create_table, watching
from tests.lambdas.builders import START, any_applied, any_key, any_user, renamed
from users.earlier import DynamoEarlier
from users.errors import Refusal
from users.items import Conflict, Damaged, Kind
from users.listing import Listing
from users.memory import MemoryStore
from users.model import Document, Event, Link, Profile, User
from users.store import KIND, DynamoStore, Store
from users.throttles import DynamoThrottles

DELETED = Listing(state="deleted")


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return MemoryStore()
    request.getfixturevalue("aws")
    name = any_key()
    return DynamoStore(create_table(name), name)


def next_of(user: User, key: str) -> User:
    return replace(user, rev=user.rev + 1, applied={**user.applied, key: any_applied()})


def should_know_nobody_at_first(store: Store) -> None:
    assert store.get(any_user().id) is None


def should_give_back_what_was_created(store: Store) -> None:
    user = any_user(
        applied={".own": any_applied(), "theirs": any_applied(by="other")},
        verified_at=START,
        deleted_at=START,
    )
    store.create(user)
    assert store.get(user.id) == user
    assert store.page(DELETED, 1, None).profiles == (user.profile,)


def full_user() -> User:
    """A user of whom nothing is left at its default."""
    moments = iter(START + timedelta(minutes=minute) for minute in range(20))
    user = any_user(
        role="admin", verified_at=next(moments), deleted_at=next(moments), applied={"key": any_applied()}
    )
    notice = Notice(id="n", kind="reset", at=next(moments), kid="k", about="passport.pdf", lease="l", tries=2)
    return replace(
        user,
        profile=replace(user.profile, locale="zh-CN", document=Document(id="upl_1", at=next(moments))),
        events=(Event(at=next(moments), what="deleted", by="operator"),),
        links={"digest": Link(purpose="reset", at=next(moments), expires_at=next(moments))},
        outbox={"n": replace(notice, not_before=next(moments))},
        bounced_at=next(moments),
        complained_at=next(moments),
    )


def should_give_back_all_that_a_user_can_have(store: Store) -> None:
    user = full_user()
    things: tuple[User | Profile | Notice, ...] = (user, user.profile, *user.outbox.values())
    for thing in things:
        left = [one.name for one in fields(thing) if one.default == getattr(thing, one.name)]
        assert not left, f"say also {left} in full_user"
    store.create(user)
    assert store.get(user.id) == user
    assert store.page(DELETED, 1, None).profiles == (user.profile,)


def should_read_users_of_before_there_was_more_about_them(aws: None) -> None:
    name = any_key()
    client = create_table(name)
    user = any_user()
    store = DynamoStore(client, name)
    store.create(user)
    key = {"pk": {"S": user.id}, "sk": {"S": "user"}}
    client.update_item(TableName=name, Key=key, UpdateExpression="REMOVE events, links, outbox")
    assert store.get(user.id) == user


@pytest.mark.parametrize("kind", [KIND, UPLOAD, LEFTOVER], ids=lambda kind: kind.sk)
def should_say_whose_item_is_damaged(kind: Kind[Any]) -> None:
    with pytest.raises(Damaged, match=r"^any_1$"):
        kind.read({"pk": {"S": "any_1"}, "sk": {"S": kind.sk}})


def should_take_an_entry_that_does_not_say_whose_it_is_for_the_users_own(aws: None) -> None:
    name = any_key()
    client = create_table(name)
    user = any_user(applied={"key": any_applied(by="other")})
    store = DynamoStore(client, name)
    store.create(user)
    client.update_item(
        TableName=name,
        Key={"pk": {"S": user.id}, "sk": {"S": "user"}},
        UpdateExpression="REMOVE applied.#key.#by",
        ExpressionAttributeNames={"#key": "key", "#by": "by"},
    )
    found = store.get(user.id)
    assert found
    assert found.applied == {"key": any_applied(by="self")}


def should_create_only_once_and_show_who_is_there(store: Store) -> None:
    first = any_user()
    store.create(first)
    with pytest.raises(Conflict) as conflict:
        store.create(renamed(first, "Somebody else"))
    assert conflict.value.found == first
    assert store.get(first.id) == first


def should_replace_what_was_seen(store: Store) -> None:
    seen = any_user(applied={"old": any_applied(), "kept": any_applied()})
    store.create(seen)
    key = any_key()
    deleted = replace(seen.profile, deleted_at=START, name="新名字")
    becomes = replace(
        seen, profile=deleted, rev=2, applied={"kept": seen.applied["kept"], key: any_applied()}
    )
    store.replace(seen, becomes, key)
    assert store.get(seen.id) == becomes
    restored = next_of(replace(becomes, profile=replace(deleted, deleted_at=None)), any_key())
    store.replace(becomes, restored, any_key())
    assert store.get(seen.id) == restored


def should_refuse_to_replace_what_has_changed_since(store: Store) -> None:
    seen = any_user()
    store.create(seen)
    changed = next_of(renamed(seen, "First"), any_key())
    store.replace(seen, changed, any_key())
    with pytest.raises(Conflict) as conflict:
        store.replace(seen, next_of(renamed(seen, "Second"), any_key()), any_key())
    assert conflict.value.found == changed
    assert store.get(seen.id) == changed


def should_refuse_a_key_that_was_applied_since(store: Store) -> None:
    seen = any_user()
    applied = replace(seen, applied={"key": any_applied()})
    store.create(applied)
    with pytest.raises(Conflict) as conflict:
        store.replace(seen, next_of(seen, "key"), "key")
    assert conflict.value.found == applied


def should_write_a_key_anew_that_was_seen_to_be_over(store: Store) -> None:
    seen = any_user(applied={"key": any_applied()})
    store.create(seen)
    becomes = replace(seen, rev=2, applied={"key": any_applied(at=START + timedelta(days=2))})
    store.replace(seen, becomes, "key")
    assert store.get(seen.id) == becomes


def should_refuse_to_replace_who_is_gone(store: Store) -> None:
    gone = any_user()
    with pytest.raises(Conflict) as conflict:
        store.replace(gone, next_of(gone, "key"), "key")
    assert conflict.value.found is None


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def should_walk_through_everybody_once_the_newest_first(store: Store, limit: int) -> None:
    users = [any_user(registered_at=START + timedelta(milliseconds=number // 2)) for number in range(6)]
    for user in users:
        store.create(user)
    store.create(any_user(deleted_at=START))
    seen: list[Profile] = []
    after = None
    while True:
        page = store.page(Listing(), limit, after)
        assert len(page.profiles) <= limit
        seen += page.profiles
        after = page.more
        if after is None:
            break
    assert sorted(one.id for one in seen) == sorted(one.id for one in users)
    moments = [one.registered_at for one in seen]
    assert moments == sorted(moments, reverse=True)
    assert {one.id: one for one in seen} == {one.id: one.profile for one in users}


def should_list_the_deleted_apart(store: Store) -> None:
    there, gone = any_user(), any_user(deleted_at=START)
    store.create(there)
    store.create(gone)
    assert store.page(Listing(), 10, None).profiles == (there.profile,)
    assert store.page(DELETED, 10, None).profiles == (gone.profile,)
    deleted = next_of(replace(there, profile=replace(there.profile, deleted_at=START)), "key")
    store.replace(there, deleted, "key")
    assert store.page(Listing(), 10, None).profiles == ()
    assert {one.id for one in store.page(DELETED, 10, None).profiles} == {there.id, gone.id}


def should_end_the_walk_with_the_last_one(store: Store) -> None:
    for _ in range(4):
        store.create(any_user())
    page = store.page(Listing(), 4, None)
    assert (len(page.profiles), page.more) == (4, None)
    assert store.page(DELETED, 4, None).more is None


def should_read_strongly_and_one_more_than_a_page_shows(aws: None) -> None:
    name = any_key()
    client = create_table(name)
    asked: list[tuple[str, dict[str, object]]] = []

    def note(params: dict[str, object], model: OperationModel, **_: object) -> None:
        asked.append((model.name, params))

    store = DynamoStore(client, name)
    with watching(client, "provide-client-params.dynamodb", note):
        store.get(any_user().id)
        DynamoThrottles(client, name).get(any_user().id, START)
        DynamoEarlier(client, name, KIND).get(any_user().id)
        DynamoEarlier(client, name, KIND).page(4, None)
        store.page(Listing(), 4, None)
    assert [operation for operation, _ in asked] == ["GetItem", "GetItem", "GetItem", "Scan", "Query"]
    assert [params.get("ConsistentRead", False) for _, params in asked] == [True, True, True, True, False]
    assert asked[-1][1]["Limit"] == 5


def should_go_on_after_a_page_that_dynamodb_has_cut(aws: None) -> None:
    name = any_key()
    client = create_table(name)

    def cut(parsed: dict[str, object], **_: object) -> None:
        parsed["LastEvaluatedKey"] = {}

    store = DynamoStore(client, name)
    store.create(any_user())
    assert store.page(Listing(), 4, None).more is None
    with watching(client, "after-call.dynamodb.Query", cut):
        page = store.page(Listing(), 4, None)
    assert (len(page.profiles), page.more is None) == (1, False)


def should_say_when_something_is_due_about_somebody_who_is_there(aws: None) -> None:
    name = any_key()
    store = DynamoStore(create_table(name), name)
    user = full_user()
    store.create(user)
    assert store.due_at(user.id) == user.outbox["n"].not_before
    assert store.due_at(any_user().id) is None


Failing = Callable[[Exception], DynamoStore]


@pytest.fixture
def failing(aws: None) -> Failing:
    def make(error: Exception) -> DynamoStore:
        client = boto3.client("dynamodb", region_name=REGION)

        def fail(**_: object) -> None:
            raise error

        for operation in ("GetItem", "PutItem", "UpdateItem", "Query"):
            client.meta.events.register(f"before-call.dynamodb.{operation}", fail)
        return DynamoStore(client, "users")

    return make


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "…"}}, "UpdateItem")


@pytest.mark.parametrize(
    "error",
    [
        client_error("ReplicatedWriteConflictException"),
        client_error("ProvisionedThroughputExceededException"),
        client_error("AccessDeniedException"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
    ],
    ids=lambda error: type(error).__name__,
)
def should_be_unavailable_when_the_table_does_not_answer(failing: Failing, error: Exception) -> None:
    store, user = failing(error), any_user()
    for attempt in (
        lambda: store.get(user.id),
        lambda: store.create(user),
        lambda: store.replace(user, next_of(user, "key"), "key"),
        lambda: store.page(Listing(), 1, None),
    ):
        with pytest.raises(Refusal) as refusal:
            attempt()
        assert refusal.value.code == "unavailable"
        assert refusal.value.__cause__ is error


def should_not_hide_a_fault_of_our_own(failing: Failing) -> None:
    with pytest.raises(ClientError):
        failing(client_error("ValidationException")).get(any_user().id)


def should_remove_exactly_what_was_seen(store: Store) -> None:
    seen = any_user()
    store.create(seen)
    store.remove(seen)
    assert store.get(seen.id) is None


def should_not_remove_what_was_written_meanwhile(store: Store) -> None:
    seen = any_user()
    store.create(seen)
    written = replace(seen, rev=2)
    store.replace(seen, written, "")
    with pytest.raises(Conflict) as conflict:
        store.remove(seen)
    assert conflict.value.found == store.get(seen.id) == written
