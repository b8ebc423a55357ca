"""Sessions: issued, read, judged."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from tests.lambdas.api import Api, Person
from tests.lambdas.builders import Clock, any_user
from tests.lambdas.fakes import asking, keys
from users.model import User
from web.cookie import CLEARED, COOKIE
from web.session import LIFETIME, LONGEST, Session, Sessions

KEY_ID_IS_A_NUMBER = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":5}').decode() + ".e30.e30"
NONSENSE = ["", " ", ".", "..", "a.b.c", "é", "\ud800", "{}", "=" * 9000, KEY_ID_IS_A_NUMBER]


def any_sessions(*users: User, clock: Clock | None = None) -> Sessions:
    return Sessions(keys(), {one.id: one for one in users}.get, clock or Clock())


def should_read_its_own_token_as_bearer_and_as_cookie() -> None:
    user, clock = any_user(), Clock()
    sessions = any_sessions(user, clock=clock)
    session = sessions.issue(user)
    assert (session.expires_at - clock.now).total_seconds() == 900
    for request in (
        asking({"Authorization": f"Bearer {session.token}"}),
        asking({"authorization": f"bearer  {session.token} "}),
        asking({"Cookie": f"other=1; {session.cookie}"}),
        asking(cookies=["other=1", session.cookie.partition(";")[0]]),
    ):
        claims = sessions.read(request)
        assert claims
        assert sessions.judge(claims, sessions.user(claims)) == user


def should_end_after_fifteen_minutes() -> None:
    user, clock = any_user(), Clock()
    sessions = any_sessions(user, clock=clock)
    request = asking({"authorization": f"Bearer {sessions.issue(user).token}"})
    clock.advance(minutes=14, seconds=59)
    assert sessions.read(request)
    clock.advance(seconds=1)
    assert sessions.read(request) is None


def should_set_a_cookie_that_scripts_and_other_sites_cannot_use() -> None:
    cookie = any_sessions().issue(any_user()).cookie
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-session=")
    assert attributes == ["Max-Age=900", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"]


def should_let_the_bearer_token_count_before_the_cookie() -> None:
    sessions = any_sessions()
    cookie = sessions.issue(any_user()).cookie
    assert sessions.read(asking({"cookie": cookie, "authorization": "Bearer nonsense"})) is None
    assert sessions.read(asking({"cookie": cookie, "authorization": "Basic YTpi"})) is None


@pytest.mark.parametrize("header", [None, "x", "sign"])
def should_refuse_a_token_with_an_unknown_key_id(header: str | None) -> None:
    key = keys().signing("session")[1]
    claims = {"sub": any_user().id, "ver": 7, "exp": 9999999999}
    token = jwt.encode(claims, key, "HS256", headers={"kid": header} if header else {})
    assert any_sessions().read(asking({"authorization": f"Bearer {token}"})) is None


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "x", "ver": 7},
        {"ver": 7, "exp": 9999999999},
        {"sub": "x", "exp": 9999999999},
        {"sub": "x", "ver": "7", "exp": 9999999999},
        {"sub": 5, "ver": 7, "exp": 9999999999},
    ],
)
def should_refuse_a_token_that_says_too_little(claims: dict[str, Any]) -> None:
    kid, key = keys().signing("session")
    token = jwt.encode(claims, key, "HS256", headers={"kid": kid})
    assert any_sessions().read(asking({"authorization": f"Bearer {token}"})) is None


@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
def should_refuse_any_other_algorithm(algorithm: str) -> None:
    kid, key = keys().signing("session")
    claims = {"sub": any_user().id, "ver": 7, "exp": 9999999999}
    token = jwt.encode(claims, "" if algorithm == "none" else key * 2, algorithm, headers={"kid": kid})
    assert any_sessions().read(asking({"authorization": f"Bearer {token}"})) is None


@pytest.mark.parametrize(
    "token", ["", " ", ".", "..", "a.b.c", "é", "\ud800", "{}", "=" * 9000, KEY_ID_IS_A_NUMBER]
)
def should_refuse_nonsense(token: str) -> None:
    assert any_sessions().read(asking({"authorization": f"Bearer {token}"})) is None
    assert any_sessions().read(asking({"cookie": f"{COOKIE}={token}"})) is None


def should_not_take_a_cursor_for_a_session() -> None:
    key = keys().signing("cursor")[1]
    token = jwt.encode({"sub": "x", "ver": 7, "exp": 9999999999}, key, "HS256", headers={"kid": "a"})
    assert any_sessions().read(asking({"authorization": f"Bearer {token}"})) is None


def renewed(sessions: Sessions, user: User, token: str) -> Session | None:
    claims = sessions.read(asking({"cookie": f"{COOKIE}={token}"}))
    assert claims
    return sessions.renew(claims, user)


def should_renew_a_cookie_that_is_used_after_half_its_time() -> None:
    user, clock = any_user(), Clock()
    sessions = any_sessions(user, clock=clock)
    first = sessions.issue(user)
    clock.advance(minutes=7, seconds=29)
    assert renewed(sessions, user, first.token) is None
    clock.advance(seconds=1)
    second = renewed(sessions, user, first.token)
    assert second
    assert second.expires_at == clock.now + LIFETIME


def should_renew_for_twelve_hours_after_the_log_in_and_no_longer() -> None:
    user, clock = any_user(), Clock()
    sessions = any_sessions(user, clock=clock)
    logged_in_at = clock.now
    session = sessions.issue(user)
    while clock.now < session.expires_at - timedelta(seconds=1):
        clock.advance(minutes=1)
        if clock.now < session.expires_at:
            session = renewed(sessions, user, session.token) or session
    assert session.expires_at == logged_in_at + LONGEST
    assert int(session.cookie.partition("Max-Age=")[2].partition(";")[0]) <= 900


def should_never_renew_a_bearer_token() -> None:
    user, clock = any_user(), Clock()
    sessions = any_sessions(user, clock=clock)
    token = sessions.issue(user).token
    clock.advance(minutes=14)
    claims = sessions.read(asking({"authorization": f"Bearer {token}"}))
    assert claims
    assert sessions.renew(claims, user) is None


def should_read_a_token_that_does_not_say_when_somebody_logged_in() -> None:
    """As an earlier release issued them."""
    user, clock = any_user(), Clock()
    sessions = any_sessions(user, clock=clock)
    kid, key = keys().signing("session")
    moment = int(clock.now.timestamp())
    token = jwt.encode(
        {"sub": user.id, "ver": 7, "iat": moment, "exp": moment + 60}, key, "HS256", headers={"kid": kid}
    )
    session = renewed(sessions, user, token)
    assert session
    assert session.expires_at == clock.now + LIFETIME


@pytest.mark.parametrize("moment", ["soon", 1e300, [], {}])
def should_refuse_a_time_that_is_none(moment: Any) -> None:
    kid, key = keys().signing("session")
    for claims in ({"exp": moment}, {"exp": 9999999999, "auth_time": moment}):
        token = jwt.encode({"sub": "x", "ver": 7, **claims}, key, "HS256", headers={"kid": kid})
        assert any_sessions().read(asking({"authorization": f"Bearer {token}"})) is None


def aged(api: Api, person: Person, **ago: float) -> dict[str, str]:
    """A person's cookie of some time ago."""
    sessions = api.modules["accounts"].handler._services.sessions
    clock = Clock()
    clock.now = datetime.now(UTC) - timedelta(**ago)
    earlier = Sessions(sessions._keys, sessions._find, clock)
    token = earlier.issue(sessions._find(person.id)).token
    return {"cookie": f"{COOKIE}={token}", "sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/users/me", 200),
        ("GET", "/users", 403),
        ("PATCH", "/users/me", 422),
        ("GET", "/users/x", 404),
    ],
)
def should_renew_the_cookie_with_any_answer(api: Api, method: str, path: str, status: int) -> None:
    person = api.somebody()
    body = {"no": 1} if method == "PATCH" else None
    reply = api(method, path, body, headers=aged(api, person, minutes=8))
    assert reply.status == status
    assert reply.headers["set-cookie"].startswith(f"{COOKIE}=ey")
    assert "set-cookie" not in api("GET", "/users/me", headers=aged(api, person, minutes=7)).headers


def should_still_clear_the_cookie_at_log_out(api: Api) -> None:
    reply = api("DELETE", "/sessions/current", headers=aged(api, api.somebody(), minutes=14))
    assert reply.headers["set-cookie"] == CLEARED


def should_renew_nothing_for_somebody_whose_sessions_have_ended(api: Api) -> None:
    person, admin = api.somebody(), api.admin()
    cookie = aged(api, person, minutes=14)
    api("DELETE", f"/users/{person.id}", by=admin)
    reply = api("GET", "/users/me", headers=cookie)
    assert (reply.status, reply.headers.get("set-cookie")) == (401, None)
