"""List, show, delete and restore users: through the functions."""

from dataclasses import replace

import pytest

from tests.lambdas.api import Api, Person
from tests.lambdas.builders import any_email, any_key


def walk(api: Api, admin: Person, **query: str) -> list[str]:
    seen: list[str] = []
    while True:
        page = api("GET", "/users", query=query, by=admin).json
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            return seen
        query["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("limit", ["1", "2", "100"])
def should_walk_through_the_list_the_newest_first(api: Api, limit: str) -> None:
    admin = api.admin()
    people = [admin.id, *[api.register().json["id"] for _ in range(4)]]
    seen = walk(api, admin, limit=limit)
    assert sorted(seen) == sorted(people)
    users = {one["id"]: one for one in api("GET", "/users", query={"limit": "100"}, by=admin).json["items"]}
    moments = [users[one]["registered_at"] for one in seen]
    assert moments == sorted(moments, reverse=True)


def should_list_what_it_shows(api: Api) -> None:
    admin = api.admin()
    listed = api("GET", "/users", by=admin).json
    assert listed == {"items": [api("GET", "/users/me", by=admin).json], "next_cursor": None}


def should_list_the_deleted_apart(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    api("DELETE", f"/users/{person.id}", by=admin)
    assert walk(api, admin) == [admin.id]
    deleted = api("GET", "/users", query={"state": "deleted"}, by=admin).json["items"]
    assert [one["id"] for one in deleted] == [person.id]
    assert deleted[0]["deleted_at"].endswith("Z")


def should_show_when_an_address_was_verified(api: Api) -> None:
    person = api.somebody()
    api.dynamodb.update_item(
        TableName="users",
        Key={"pk": {"S": person.id}, "sk": {"S": "user"}},
        UpdateExpression="SET verified_at = :moment",
        ExpressionAttributeValues={":moment": {"S": "2026-11-23T09:05:00.000Z"}},
    )
    assert api("GET", "/users/me", by=person).json["verified_at"] == "2026-11-23T09:05:00.000Z"
    assert api("PATCH", "/users/me", {"name": "New"}, by=person).json["verified_at"].endswith(".000Z")


def should_take_25_unless_asked_otherwise(api: Api) -> None:
    admin = api.admin()
    template = api.items()[0]
    for _ in range(25):
        email = any_email()
        item = template | {
            "pk": {"S": f"usr_{email}"},
            "email": {"S": email},
            "registered_key": {"S": f"x#usr_{email}"},
        }
        api.dynamodb.put_item(TableName="users", Item=item)
    assert len(api("GET", "/users", by=admin).json["items"]) == 25


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=1.5",
        "limit=+5",
        "limit=%205",
        "limit=05",
        "limit=%D9%A5",
        "limit=",
        "limit=1&limit=1",
        "limit=1e1",
        "state=any",
        "sort=registered_at",
        "q=a&sort=-registered_at",
        "q=a&q=b",
        f"q={'a' * 201}",
        "sort=-name",
        "q=ann%09%23usr_",
        "sort=",
        "page=2",
        "=1",
        "a",
        "%ff=1",
    ],
)
def should_refuse_the_query(api: Api, query: str) -> None:
    reply = api("GET", "/users", query=query, by=api.admin())
    assert (reply.status, reply.code) == (400, "bad-query")


def should_refuse_a_cursor_of_another_list_or_none_of_ours(api: Api) -> None:
    admin = api.admin()
    api.somebody()
    cursor = api("GET", "/users", query={"limit": "1"}, by=admin).json["next_cursor"]
    assert api("GET", "/users", query={"limit": "5", "cursor": cursor}, by=admin).status == 200
    for query in (
        {"cursor": cursor, "state": "deleted"},
        {"cursor": ""},
        {"cursor": "x" + cursor},
        {"cursor": "\U0001f600"},
    ):
        reply = api("GET", "/users", query=query, by=admin)
        assert (reply.status, reply.code) == (400, "bad-cursor")


def should_show_the_list_to_administrators_only(api: Api) -> None:
    assert api("GET", "/users").code == "not-signed-in"
    reply = api("GET", "/users", by=api.somebody())
    assert (reply.status, reply.code) == (403, "not-allowed")


def should_show_a_user_to_himself_and_to_administrators(api: Api) -> None:
    admin, person, other = api.admin(), api.somebody(), api.somebody()
    shown = api("GET", "/users/me", by=person).json
    assert api("GET", f"/users/{person.id}", by=person).json == shown
    assert api("GET", f"/users/{person.id}", by=admin).json == shown
    assert api("GET", f"/users/{person.id}").code == "not-signed-in"
    reply = api("GET", f"/users/{person.id}", by=other)
    assert (reply.status, reply.code) == (404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/users/{}"), ("DELETE", "/users/{}"), ("POST", "/users/{}/restore")],
)
@pytest.mark.parametrize("target", ["usr_00000000-0000-5000-8000-000000000000", "x", "ME", "%00", "a" * 3000])
def should_not_find_who_is_not_there_or_not_theirs_to_see(
    api: Api, method: str, path: str, target: str
) -> None:
    for caller in (api.admin(), api.somebody()):
        assert api(method, path.format(target), by=caller).code == "not-found"
    other = api.somebody()
    assert api(method, path.format(other.id), by=api.somebody()).code == "not-found"


def should_delete_and_undo(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    before = api("GET", f"/users/{person.id}", by=admin).json
    for _ in range(2):
        reply = api("DELETE", f"/users/{person.id}", by=admin)
        assert (reply.status, reply.text) == (204, "")
    deleted = api("GET", f"/users/{person.id}", by=admin).json
    assert {**before, "deleted_at": deleted["deleted_at"]} == deleted
    restored = api("POST", f"/users/{person.id}/restore", by=admin)
    assert (restored.status, restored.json) == (200, before)
    again = api("POST", f"/users/{person.id}/restore", by=admin)
    assert (again.status, again.code) == (409, "not-deleted")
    assert api.log_in(person.email, person.password).status == 201


def should_not_revive_a_session_from_before_the_deletion_when_it_is_undone(api: Api) -> None:
    admin, person, key = api.admin(), api.somebody(), any_key()
    assert api("DELETE", f"/users/{person.id}", by=admin, key=key).status == 204
    assert api("POST", f"/users/{person.id}/restore", by=admin).status == 200
    assert api("GET", "/users/me", by=person).code == "not-signed-in"
    again = replace(person, token=api.log_in(person.email, person.password).json["token"])
    assert api("GET", "/users/me", by=again).status == 200
    assert api("DELETE", f"/users/{person.id}", by=admin, key=key).status == 204
    assert api("GET", "/users/me", by=again).status == 200


def should_delete_somebody_who_has_written_as_often_as_he_may(api: Api) -> None:
    admin, person, appointed = api.admin(), api.somebody(), api.somebody()
    for writer in (person, appointed):
        for number in range(16):
            name = {"name": f"Name {number}"}
            assert api("PATCH", "/users/me", name, by=writer, key=any_key()).status == 200
        refused = api("PATCH", "/users/me", {"name": "x"}, by=writer, key=any_key())
        assert (refused.status, refused.code) == (429, "slow-down")
        assert 0 < int(refused.headers["retry-after"]) <= 24 * 60 * 60
    assert api("DELETE", f"/users/{person.id}", by=admin, key=any_key()).status == 204
    assert api.operator({"do": "appoint", "email": appointed.email}, None) == {"ok": True}


def should_keep_the_address_of_the_deleted_taken(api: Api) -> None:
    person = api.somebody()
    assert api("DELETE", "/users/me", by=person).status == 204
    assert api.register(email=person.email).code == "email-taken"


def should_let_people_but_no_administrator_delete_themselves(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    for path in ("/users/me", f"/users/{admin.id}"):
        reply = api("DELETE", path, by=admin)
        assert (reply.status, reply.code) == (403, "not-allowed")
    assert api("DELETE", f"/users/{person.id}", by=person).status == 204
    assert api("GET", "/users/me", by=person).code == "not-signed-in"


def should_let_only_administrators_restore(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    for path in ("/users/me/restore", f"/users/{person.id}/restore"):
        reply = api("POST", path, by=person)
        assert (reply.status, reply.code) == (403, "not-allowed")
    assert api("POST", "/users/me/restore", by=admin).code == "not-deleted"


def should_recognise_a_repeated_deletion_of_oneself_although_the_session_has_ended(api: Api) -> None:
    person, other = api.somebody(), api.somebody()
    key = any_key()
    assert api("DELETE", "/users/me", by=person, key=key).status == 204
    assert api("DELETE", "/users/me", by=person, key=key).status == 204
    assert api("DELETE", f"/users/{person.id}", by=person, key=key).status == 204
    assert api("DELETE", "/users/me", by=person, key=any_key()).code == "not-signed-in"
    assert api("DELETE", "/users/me", by=person).code == "not-signed-in"
    assert api("DELETE", f"/users/{other.id}", by=person, key=key).code == "not-signed-in"
    assert api("PATCH", "/users/me", {"name": "x"}, by=person, key=key).code == "not-signed-in"


def should_judge_privileges_before_it_recognises_a_repetition_on_somebody_else(api: Api) -> None:
    admin, second, person = api.admin(), api.admin(), api.somebody()
    key = any_key()
    assert api("DELETE", f"/users/{person.id}", by=admin, key=key).status == 204
    assert api("DELETE", f"/users/{admin.id}", by=second).status == 204
    assert api("DELETE", f"/users/{person.id}", by=admin, key=key).code == "not-signed-in"


def should_not_delete_again_when_a_deletion_is_repeated_after_its_undo(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    key = any_key()
    assert api("DELETE", f"/users/{person.id}", by=admin, key=key).status == 204
    assert api("POST", f"/users/{person.id}/restore", by=admin, key=any_key()).status == 200
    assert api("DELETE", f"/users/{person.id}", by=admin, key=key).status == 204
    assert "deleted_at" not in api("GET", f"/users/{person.id}", by=admin).json


def should_refuse_a_key_that_was_used_by_another_caller_or_for_another_operation(api: Api) -> None:
    admin, second, person = api.admin(), api.admin(), api.somebody()
    key = any_key()
    api("DELETE", f"/users/{person.id}", by=admin, key=key)
    for reply in (
        api("DELETE", f"/users/{person.id}", by=second, key=key),
        api("POST", f"/users/{person.id}/restore", by=admin, key=key),
    ):
        assert (reply.status, reply.code) == (422, "idempotency-mismatch")


def should_take_a_body_where_none_is_needed(api: Api) -> None:
    """htmx sends a form's content type with every write."""
    admin, person = api.admin(), api.somebody()
    assert api("DELETE", f"/users/{person.id}", by=admin, form={}).status == 204
    assert api("POST", f"/users/{person.id}/restore", by=admin, raw=b"\xff").status == 200
