"""What happened to a user, and who did it."""

import pytest

from tests.lambdas.api import Api
from tests.lambdas.builders import Clock, any_key, any_realm, any_user, any_write
from users.change import EVENTS
from users.delete import delete
from users.edit_profile import edit_profile
from users.errors import Refusal
from users.history import history
from users.restore import restore
from users.set_role import set_role


def should_tell_the_newest_first_and_the_registration_last() -> None:
    clock = Clock()
    realm = any_realm(clock=clock)
    user = any_user()
    realm.store.create(user)
    clock.advance(days=1)
    edit_profile(realm, user.id, any_write(caller=user.id), name="New")
    clock.advance(days=1)
    delete(realm, user.id, any_write(caller="admin"))
    clock.advance(days=1)
    restore(realm, user.id, any_write(caller="admin"))
    found = history(realm, user.id)
    assert [(one.what, one.by) for one in found] == [
        ("restored", "admin"),
        ("deleted", "admin"),
        ("profile-edited", user.id),
        ("registered", user.id),
    ]
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)


def should_tell_a_repeated_write_once_and_one_that_changed_nothing_never() -> None:
    realm = any_realm()
    user = any_user(name="Old")
    realm.store.create(user)
    write = any_write(caller=user.id, key=any_key())
    for _ in range(2):
        edit_profile(realm, user.id, write, name="New")
    edit_profile(realm, user.id, any_write(caller=user.id, key=any_key()), name="New")
    assert [one.what for one in history(realm, user.id)] == ["profile-edited", "registered"]


def should_forget_the_oldest_and_never_the_registration() -> None:
    realm = any_realm()
    user = any_user()
    realm.store.create(user)
    for number in range(EVENTS + 5):
        edit_profile(realm, user.id, any_write(caller=user.id), name=f"{number}")
    found = history(realm, user.id)
    assert len(found) == EVENTS + 1
    assert found[-1].what == "registered"


def should_find_no_history_of_nobody() -> None:
    with pytest.raises(Refusal, match="not-found"):
        history(any_realm(), "nobody")


def should_show_the_same_through_the_api_to_oneself_and_to_an_administrator(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    api("PATCH", "/users/me", {"name": "New"}, by=person)
    api("PUT", f"/users/{person.id}/role", {"role": "admin"}, by=admin)
    own = api("GET", "/users/me/history", by=person).json
    assert own == api("GET", f"/users/{person.id}/history", by=admin).json
    assert [(one["what"], one["by"]) for one in own["items"]] == [
        ("role-changed", admin.id),
        ("profile-edited", person.id),
        ("registered", person.id),
    ]
    assert own["items"][-1]["at"] == api("GET", "/users/me", by=person).json["registered_at"]


def should_show_an_administrator_the_history_of_the_deleted(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    api("DELETE", f"/users/{person.id}", by=admin)
    found = api("GET", f"/users/{person.id}/history", by=admin).json["items"]
    assert [one["what"] for one in found] == ["deleted", "registered"]


def should_read_users_of_before_there_was_a_history(api: Api) -> None:
    person = api.somebody()
    api.dynamodb.update_item(
        TableName="users",
        Key={"pk": {"S": person.id}, "sk": {"S": "user"}},
        UpdateExpression="REMOVE events",
    )
    assert [one["what"] for one in api("GET", "/users/me/history", by=person).json["items"]] == ["registered"]
    assert api("PATCH", "/users/me", {"name": "New"}, by=person).status == 200
    assert len(api("GET", "/users/me/history", by=person).json["items"]) == 2


def should_appoint_in_the_name_of_the_operator(api: Api) -> None:
    admin = api.admin()
    assert [(one["what"], one["by"]) for one in api("GET", "/users/me/history", by=admin).json["items"]] == [
        ("appointed", "operator"),
        ("registered", admin.id),
    ]


def should_give_a_role_and_take_it_back(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    path = f"/users/{person.id}/role"
    assert api("PUT", path, {"role": "admin"}, by=admin).json["role"] == "admin"
    assert api("GET", "/users", by=person).status == 200
    assert api("PUT", path, {"role": "user"}, by=admin).json["role"] == "user"
    assert api("GET", "/users", by=person).code == "not-allowed"


def should_let_nobody_decide_over_his_own_role(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    for target in ("me", admin.id):
        assert api("PUT", f"/users/{target}/role", {"role": "user"}, by=admin).code == "not-allowed"
    assert api("PUT", "/users/me/role", {"role": "admin"}, by=person).code == "not-allowed"
    assert api("PUT", f"/users/{admin.id}/role", {"role": "user"}, by=person).code == "not-found"
    assert api("GET", "/users/me", by=admin).json["role"] == "admin"


def should_give_no_role_to_the_deleted(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    api("DELETE", f"/users/{person.id}", by=admin)
    assert api("PUT", f"/users/{person.id}/role", {"role": "admin"}, by=admin).code == "not-found"


@pytest.mark.parametrize("user_id", ["", "nobody", "usr_"])
def should_give_no_role_to_what_is_no_id(user_id: str) -> None:
    with pytest.raises(Refusal) as refusal:
        set_role(any_realm(), user_id, "admin", any_write())
    assert refusal.value.code == "not-found"


def should_not_grant_again_what_was_taken_back_meanwhile() -> None:
    """A grant whose answer was lost arrives a second time, after somebody demoted."""
    realm = any_realm()
    user = any_user()
    realm.store.create(user)
    grant = any_write(operation="change_role", caller="admin", key=any_key(), body={"role": "admin"})
    set_role(realm, user.id, "admin", grant)
    set_role(
        realm, user.id, "user", any_write(operation="change_role", caller="other", body={"role": "user"})
    )
    done = set_role(realm, user.id, "admin", grant)
    assert (done.status, done.user.profile.role) == (200, "user")
