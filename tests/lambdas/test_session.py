"""Sessions: issued, read, judged."""

import base64
from typing import Any

import jwt
import pytest

from tests.lambdas.builders import Clock, any_user
from tests.lambdas.fakes import asking, keys
from users.model import User
from web.cookie import COOKIE
from web.session import Sessions

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
