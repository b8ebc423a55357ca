"""Lists of users: ordered, searched, walked through once, and as cheap at the end as at the start."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from benchmarks.engine import template
from benchmarks.lists import LISTS, SORTS, STATES, Cost, costs, crowd
from benchmarks.lists import START as BEFORE
from benchmarks.lists import walk as walk_while_others_register
from tests.lambdas.api import Api, create_table
from tests.lambdas.builders import START, any_key, any_realm, any_user, renamed
from tools.assembly import Assembly
from users.items import Conflict
from users.list_users import list_users
from users.listing import LONGEST, ORDERS, Listing
from users.memory import MemoryStore
from users.model import Page, Profile, Sort, State, User
from users.store import DynamoStore, Store


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, aws: None) -> Store:
    if request.param == "memory":
        return MemoryStore()
    name = any_key()
    return DynamoStore(create_table(name), name)


def walk(store: Store, listing: Listing, limit: int) -> Iterator[Profile]:
    after: str | None = None
    while True:
        page = store.page(listing, limit, after)
        assert len(page.profiles) <= limit
        yield from page.profiles
        if (after := page.more) is None:
            return


def names(store: Store, *people: str, listing: Listing) -> list[str]:
    for name in people:
        store.create(any_user(name=name))
    return [one.name for one in walk(store, listing, 2)]


def should_order_names_without_regard_to_case_and_width(store: Store) -> None:
    people = ("bob", "Ann Lee", "ＡＮＮ", "Ångström", "李伟", "Bob", "ann", "王芳")
    found = names(store, *people, listing=Listing(sort="name"))
    assert found[2:] == ["Ann Lee", *sorted(("bob", "Bob"), key=found.index), "Ångström", "李伟", "王芳"]
    assert set(found[:2]) == {"ann", "ＡＮＮ"}


def should_put_a_name_before_those_that_begin_with_it(store: Store) -> None:
    people = ["Ann", "Ann !", "Ann #", "Ann Lee", "Ann#", "Anna"]
    assert names(store, *reversed(people), listing=Listing(sort="name")) == people


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("ann", ["ANN", "Ann Lee", "Anna"]),
        ("Ann ", ["Ann Lee"]),
        (" ann", ["ANN", "Ann Lee", "Anna"]),
        ("ａｎｎａ", ["Anna"]),
        ("straße", ["Strasse"]),
        ("李", ["李伟"]),
        ("nn", []),
    ],
)
def should_find_names_by_how_they_start(store: Store, start: str, found: list[str]) -> None:
    people = ("Anna", "ANN", "Ann Lee", "Bob", "李伟", "Strasse")
    assert names(store, *people, listing=Listing(sort="name", start=start)) == found


def should_find_addresses_by_how_they_start(store: Store) -> None:
    for email in ("ada@example.com", "ada+x@example.com", "adam@example.com", "bob@example.com"):
        store.create(any_user(email=email))
    found = [one.email for one in walk(store, Listing(sort="email", start="ADA"), 1)]
    assert found == ["ada+x@example.com", "ada@example.com", "adam@example.com"]


@pytest.mark.parametrize("name", ["x" * 200, "李" * 200, "\U0001f600" * 200, "ﷺ" * 200])
def should_cut_a_position_between_two_characters(store: Store, name: str) -> None:
    users = [any_user(name=name) for _ in range(3)]
    for user in users:
        store.create(user)
        assert len(ORDERS["name"].position(user.profile).encode()) <= LONGEST
    listing = Listing(sort="name", start=name)
    assert {one.id for one in walk(store, listing, 1)} == {one.id for one in users}


@pytest.mark.parametrize(("sort", "state"), list(product(SORTS, STATES)))
@pytest.mark.parametrize("limits", [(1,), (2,), (3,), (50,), (1, 4, 50)])
def should_visit_everybody_who_stays_exactly_once_while_others_come_and_change(
    store: Store, sort: Sort, state: State, limits: tuple[int, ...]
) -> None:
    """Between two pages, which may differ in size, somebody registers, is renamed, deleted or restored."""
    chance = random.Random(f"{sort} {state} {limits}")

    def newcomer(state: State) -> User:
        return any_user(
            name=chance.choice(["Ann", "ann", "Ann Lee", "Bob", "李伟", "#", "zoe"]),
            registered_at=START + timedelta(milliseconds=chance.randrange(5)),
            deleted_at=START if state == "deleted" else None,
        )

    people = [newcomer(chance.choice(STATES)) for _ in range(24)]
    for one in people:
        store.create(one)
    stays = {one.id for one in people[:12] if one.profile.state == state}
    seen: list[str] = []
    after: str | None = None
    restless = people[12:]
    while True:
        page = store.page(Listing(sort=sort, state=state), chance.choice(limits), after)
        seen += [one.id for one in page.profiles]
        if (after := page.more) is None:
            break
        store.create(newcomer(chance.choice(STATES)))
        before = restless.pop(chance.randrange(len(restless))) if restless else None
        if before:
            changed = renamed(before, chance.choice(["Aaa", "Zzz"]))
            if chance.random() < 0.5:
                gone = None if before.profile.deleted_at else START
                changed = replace(before, profile=replace(before.profile, deleted_at=gone))
            store.replace(before, replace(changed, rev=before.rev + 1), any_key())
    assert sorted(one for one in seen if one in stays) == sorted(stays)


def should_list_from_a_position_and_no_more_than_asked(store: Store) -> None:
    realm = any_realm(store)
    for _ in range(3):
        store.create(any_user())
    first = list_users(realm, Listing(), limit=2)
    rest = list_users(realm, Listing(), limit=2, after=first.more)
    assert (len(first.profiles), len(rest.profiles), rest.more) == (2, 1, None)
    assert len({one.id for one in (*first.profiles, *rest.profiles)}) == 3


Crowd = tuple[Any, DynamoStore]


@pytest.fixture(scope="module")
def definition(assembly: Assembly) -> Mapping[str, Any]:
    return template(assembly.path, "-users")


@pytest.fixture(scope="module")
def few(definition: Mapping[str, Any]) -> Crowd:
    return crowd(definition, 100)


@pytest.fixture(scope="module")
def many(definition: Mapping[str, Any]) -> Crowd:
    return crowd(definition, 2_000)


@pytest.mark.parametrize(("listing", "limit"), LISTS)
def should_charge_every_page_of_2_000_users_like_those_of_100(
    listing: Listing, limit: int, few: Crowd, many: Crowd
) -> None:
    """`make bench` does the same with 100 000."""
    cheap, same = costs(*few, listing, limit), costs(*many, listing, limit)
    assert set(same) == set(cheap)
    assert max(cheap) == Cost(queries=1, entries=limit + 1, units=1.0 if limit == 25 else 0.5)
    assert same.total() == 20 * cheap.total()


def should_notice_a_list_that_looks_at_more_than_it_shows(
    few: Crowd, many: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same search by a filter: all that stands in the index is read."""
    listing = Listing(sort="email", start="04")
    for client, store in (few, many):
        query = client.query

        def filtered(query: Any = query, **asked: Any) -> Any:
            condition, _, _ = asked["KeyConditionExpression"].partition(" AND ")
            asked |= {"KeyConditionExpression": condition, "FilterExpression": "begins_with(email, :start)"}
            del asked["Limit"]
            return query(**asked)

        monkeypatch.setattr(client, "query", filtered)
        assert max(costs(client, store, listing, 1)).entries > 49
    assert max(costs(*many, listing, 1)) > max(costs(*few, listing, 1))


@pytest.mark.parametrize("sort", SORTS)
def should_visit_each_of_500_once_while_others_register(sort: Sort, definition: Mapping[str, Any]) -> None:
    _, store = crowd(definition, 500)
    there = [one.id for one in walk(store, Listing(sort=sort), 100)]
    seen, registered = walk_while_others_register(store, Listing(sort=sort), 7, 500)
    assert len(there) == 250
    assert registered > 100
    assert {seen[one] for one in there} == {1}


@pytest.mark.parametrize("sort", SORTS)
def should_notice_a_walk_that_counts_instead_of_remembering_a_place(sort: Sort) -> None:
    class Counting(MemoryStore):
        """Goes on after so many users, as SQL's OFFSET does."""

        def page(self, listing: Listing, limit: int, after: str | None) -> Page:
            start = int(after or 0)
            everybody = super().page(listing, 100_000, None).profiles
            more = str(start + limit) if len(everybody) > start + limit else None
            return Page(profiles=everybody[start : start + limit], more=more)

    store = Counting()
    there = [any_user(registered_at=BEFORE) for _ in range(50)]
    for one in there:
        store.create(one)
    seen, _ = walk_while_others_register(store, Listing(sort=sort), 7, 500)
    assert {seen[one.id] for one in there} != {1}


def should_measure_with_a_table_that_answers_like_motos(definition: Mapping[str, Any], aws: None) -> None:
    name = any_key()
    motos = DynamoStore(create_table(name), name)
    _, measured = crowd(definition, 0)
    people = ("bob", "Ann Lee", "Ann", "ＡＮＮ", "Ann #", "李伟", "\U0001f600", "ﷺ", "Bob", "ann")
    for number, person in enumerate(people * 2):
        user = any_user(
            name=person,
            registered_at=START + timedelta(milliseconds=number % 4),
            deleted_at=START if number % 3 == 0 else None,
        )
        for one in (motos, measured):
            one.create(user)
            with pytest.raises(Conflict) as conflict:
                one.create(renamed(user, "Somebody else"))
            assert conflict.value.found == user
    for sort, state, start, limit in product(SORTS, STATES, ("", "ann", "b", "person1"), (1, 3, 100)):
        listing = Listing(sort=sort, state=state, start="" if sort == "-registered_at" else start)
        assert list(walk(measured, listing, limit)) == list(walk(motos, listing, limit)), listing


def should_measure_only_what_it_was_made_for(few: Crowd) -> None:
    client, store = few
    asked = {
        "TableName": "users",
        "IndexName": "name",
        "KeyConditionExpression": "listed = :state",
        "ExpressionAttributeValues": {":state": {"S": "active"}},
    }
    for attempt in (
        lambda: store.get("usr_any"),
        lambda: client.put_item(TableName="users", Item={}, ConditionExpression="pk = :any"),
        lambda: client.query(**{**asked, "KeyConditionExpression": "pk = :state"}),
        lambda: client.query(**asked, FilterExpression="size(email) > :state"),
    ):
        with pytest.raises(NotImplementedError):
            attempt()


def should_search_and_sort_through_the_api(api: Api) -> None:
    admin = api.admin()
    for email, name in (("ada@x.example", "Zoe"), ("bob@x.example", "Ann"), ("adam@x.example", "Bob")):
        assert api.register(email=email, name=name).status == 201

    def listed(**query: str) -> list[str]:
        page = api("GET", "/users", query=query, by=admin).json
        return [one["name"] for one in page["items"] if one["id"] != admin.id]

    assert listed(sort="name") == ["Ann", "Bob", "Zoe"]
    assert listed(sort="email") == ["Zoe", "Bob", "Ann"]
    assert listed(q="ADA") == ["Zoe", "Bob"]
    assert listed(q="an", sort="name") == ["Ann"]
    assert listed(q="an", sort="email") == []
    assert listed(q="") == listed(q=" ") == listed() == listed(sort="-registered_at", q="")
    assert listed(q="a", state="deleted") == []


def should_go_on_in_the_same_search_only(api: Api) -> None:
    admin = api.admin()
    for number in range(3):
        api.register(email=f"same{number}@x.example")
    page = api("GET", "/users", query={"q": "same", "limit": "2"}, by=admin).json
    rest = api("GET", "/users", query={"q": "same", "cursor": page["next_cursor"]}, by=admin).json
    assert len({one["id"] for one in (*page["items"], *rest["items"])}) == 3
    assert rest["next_cursor"] is None
    for other in ({"q": "sam"}, {"q": "same", "sort": "name"}, {"sort": "email"}, {}):
        query = {**other, "cursor": page["next_cursor"]}
        assert api("GET", "/users", query=query, by=admin).code == "bad-cursor"
    explicit = {"q": "same", "sort": "email", "cursor": page["next_cursor"]}
    assert api("GET", "/users", query=explicit, by=admin).json == rest
