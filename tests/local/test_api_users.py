"""The API's contract by HTTP, through the edge and the deployed functions: the calls on users."""

import re

import pytest

from tests.cloud import Cloud
from tests.local.people import any_email, any_key, any_registered, log_in, register

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def should_register_and_log_in(cloud: Cloud) -> None:
    email = any_email()
    registered = register(cloud.edge, f"  {email.upper()} ", name=" 王小明 ", locale="zh-CN")
    assert registered.status == 201
    user = registered.json()
    assert set(user) == {"id", "email", "name", "role", "locale", "registered_at"}
    assert (user["email"], user["name"], user["role"], user["locale"]) == (email, "王小明", "user", "zh-CN")
    assert TIME.fullmatch(user["registered_at"])
    session = log_in(cloud.edge, email)
    assert session.status == 201
    assert session.json()["user"] == user
    assert TIME.fullmatch(session.json()["expires_at"])
    me = cloud.edge.signed_in(session.json()["token"])("GET", "/api/v1/users/me")
    assert (me.status, me.json()) == (200, user)


def should_keep_a_session_in_a_cookie_that_log_out_clears(cloud: Cloud) -> None:
    email = any_email()
    register(cloud.edge, email)
    cookie = log_in(cloud.edge, email).headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    for attribute in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/"):
        assert attribute in cookie.split("; ")
    sent = {"cookie": cookie.partition(";")[0], "sec-fetch-site": "same-origin"}
    assert cloud.edge("GET", "/api/v1/users/me", headers=sent).status == 200
    out = cloud.edge("DELETE", "/api/v1/sessions/current", headers=sent)
    assert (out.status, out.body) == (204, b"")
    assert out.headers["set-cookie"].startswith("__Host-session=; Max-Age=0")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://localhost:{port}"}, 201),
        ({"sec-fetch-site": "same-origin"}, 201),
        ({}, 201),
    ],
)
def should_take_writes_of_browsers_from_the_own_page_only(
    cloud: Cloud, headers: dict[str, str], expected: int
) -> None:
    email = any_email()
    register(cloud.edge, email)
    sent = {name: value.format(port=cloud.port) for name, value in headers.items()}
    body = {"email": email, "password": "correct horse battery"}
    assert cloud.edge("POST", "/api/v1/sessions", body, headers=sent).status == expected


def should_not_say_whether_it_was_the_address_or_the_password(cloud: Cloud) -> None:
    email = any_email()
    register(cloud.edge, email)
    wrong = log_in(cloud.edge, email, "not the password")
    unknown = log_in(cloud.edge, any_email())
    assert (wrong.status, wrong.code) == (unknown.status, unknown.code) == (401, "bad-credentials")


def should_walk_the_list_page_by_page_to_its_end(cloud: Cloud) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        page = cloud.as_admin("GET", f"/api/v1/users?limit=10{cursor}")
        assert page.status == 200
        seen += [user["email"] for user in page.json()["items"]]
        if page.json()["next_cursor"] is None:
            break
        assert len(page.json()["items"]) == 10
        cursor = f"&cursor={page.json()['next_cursor']}"
    assert len(seen) == len(set(seen)) >= 26
    assert {"admin@example.com", "li.wei@example.com", "maeve.obrien@example.com"} <= set(seen)


def should_list_newest_first_25_at_a_time(cloud: Cloud) -> None:
    page = cloud.as_admin("GET", "/api/v1/users").json()
    times = [user["registered_at"] for user in page["items"]]
    assert len(times) == 25
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("field", ["name", "email"])
def should_list_in_another_order(cloud: Cloud, field: str) -> None:
    users = cloud.as_admin("GET", f"/api/v1/users?sort={field}&limit=100").json()["items"]
    values = [user[field].casefold() for user in users]
    assert len(values) > 25
    assert values == sorted(values)


def should_continue_a_page_of_one_region_in_the_other(cloud: Cloud) -> None:
    here, there = (client.signed_in(cloud.token) for client in cloud.origins.values())
    first = here("GET", "/api/v1/users?limit=5").json()
    second = there("GET", f"/api/v1/users?limit=5&cursor={first['next_cursor']}")
    assert second.status == 200
    assert second.headers["x-served-region"] == cloud.regions[1]
    assert not {user["id"] for user in first["items"]} & {user["id"] for user in second.json()["items"]}


def should_delete_restore_and_delete_again(cloud: Cloud) -> None:
    user = any_registered(cloud.edge)
    path = f"/api/v1/users/{user.id}"
    for _ in range(2):
        gone = cloud.as_admin("DELETE", path, headers={"idempotency-key": any_key()})
        assert (gone.status, gone.body) == (204, b"")
    assert log_in(cloud.edge, user.email).status == 401
    assert register(cloud.edge, user.email).code == "email-taken"
    assert "deleted_at" in cloud.as_admin("GET", path).json()
    restored = cloud.as_admin("POST", f"{path}/restore", headers={"idempotency-key": any_key()})
    assert (restored.status, "deleted_at" in restored.json()) == (200, False)
    again = cloud.as_admin("POST", f"{path}/restore", headers={"idempotency-key": any_key()})
    assert (again.status, again.code) == (409, "not-deleted")
    assert log_in(cloud.edge, user.email).status == 201


def should_let_users_change_themselves_and_see_nobody_else(cloud: Cloud) -> None:
    user = any_registered(cloud.edge)
    changed = user.client("PATCH", "/api/v1/users/me", {"name": "新名字", "locale": "zh-CN"})
    assert (changed.status, changed.json()["name"], changed.json()["locale"]) == (200, "新名字", "zh-CN")
    admin = cloud.as_admin("GET", "/api/v1/users/me").json()["id"]
    assert user.client("GET", f"/api/v1/users/{admin}").status == 404
    assert user.client("DELETE", f"/api/v1/users/{admin}").status == 404
    assert user.client("GET", "/api/v1/users").status == 403


def should_not_let_an_administrator_delete_the_own_account(cloud: Cloud) -> None:
    answer = cloud.as_admin("DELETE", "/api/v1/users/me")
    assert (answer.status, answer.code) == (403, "not-allowed")


def should_answer_a_repeated_registration_as_the_first_time_even_in_the_other_region(cloud: Cloud) -> None:
    body = {"email": any_email(), "password": "correct horse battery", "name": "Twice"}
    key = any_key()
    answers = [
        client("POST", "/api/v1/users", body, headers={"idempotency-key": key})
        for client in cloud.origins.values()
    ]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    other = cloud.edge("POST", "/api/v1/users", body, headers={"idempotency-key": any_key()})
    assert (other.status, other.code) == (409, "email-taken")


def should_see_in_one_region_at_once_what_the_other_wrote(cloud: Cloud) -> None:
    here, there = cloud.origins.values()
    user = any_registered(here)
    seen = there.signed_in(cloud.token)("GET", f"/api/v1/users/{user.id}")
    assert (seen.status, seen.json()["email"]) == (200, user.email)


def should_give_a_fragment_to_those_who_prefer_html(cloud: Cloud) -> None:
    answer = cloud.as_admin(
        "GET", "/api/v1/users?limit=3", headers={"accept": "text/html", "hx-request": "true"}
    )
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text
    assert answer.text.count("@example.") >= 3
