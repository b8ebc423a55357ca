"""Sessions: a signed token of 15 minutes, as a cookie or as a bearer token."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from users.model import User
from web.cookie import COOKIE, set_cookie
from web.keys import Keys
from web.problems import Problem
from web.request import Request

LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a correctly signed, unexpired token says."""

    subject: str
    token_version: int


@dataclass(frozen=True, kw_only=True)
class Session:
    """A new session."""

    token: str
    expires_at: datetime

    @property
    def cookie(self) -> str:
        return set_cookie(self.token, LIFETIME)


class Sessions:
    """Issues and reads tokens, and judges them by the user they speak of, read strongly."""

    def __init__(
        self,
        keys: Keys,
        find: Callable[[str], User | None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._keys = keys
        self._find = find
        self._now = now

    def issue(self, user: User) -> Session:
        """A new session for somebody who has proved to be this user."""
        issued_at = self._now().replace(microsecond=0)
        expires_at = issued_at + LIFETIME
        kid, key = self._keys.signing("session")
        token = jwt.encode(
            {"sub": user.id, "ver": user.token_version, "iat": issued_at, "exp": expires_at},
            key,
            algorithm="HS256",
            headers={"kid": kid},
        )
        return Session(token=token, expires_at=expires_at)

    def read(self, request: Request) -> Claims | None:
        """What the request's token says, None without a good one. A bearer token counts before the cookie."""
        authorization = request.headers.get("authorization")
        if authorization is None:
            token = request.cookie(COOKIE)
        else:
            scheme, _, token = authorization.strip().partition(" ")
            if scheme.lower() != "bearer":
                return None
        return self._verify(token.strip()) if token else None

    def user(self, claims: Claims) -> User | None:
        """The user a token speaks of, as he is now."""
        return self._find(claims.subject)

    def judge(self, claims: Claims, user: User | None) -> User:
        """The user, if his sessions still count."""
        if user is None or user.profile.deleted_at or user.token_version != claims.token_version:
            raise Problem("not-signed-in")
        return user

    def _verify(self, token: str) -> Claims | None:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._keys.verifying(kid, "session") if isinstance(kid, str) else None
            if key is None:
                return None
            # The regions' clocks differ a little: `iat` may lie in the future.
            options = {"require": ["sub", "exp"], "verify_iat": False, "verify_exp": False}
            claims = jwt.decode(token, key, algorithms=["HS256"], options=options)  # type: ignore[arg-type]
            subject, version, expires = claims["sub"], claims.get("ver"), claims["exp"]
        except (jwt.PyJWTError, ValueError):
            return None
        if not isinstance(version, int) or expires <= self._now().timestamp():
            return None
        return Claims(subject=subject, token_version=version)
