"""Sessions: a signed token of 15 minutes, as a cookie (renewed while it is used) or as a bearer token."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from users.model import User
from web.cookie import COOKIE, set_cookie
from web.keys import Keys
from web.problems import Problem
from web.purposes import LIFETIMES
from web.request import Request

LIFETIME = LIFETIMES["session"]
LONGEST = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What a correctly signed, unexpired token says."""

    subject: str
    token_version: int
    logged_in_at: datetime
    expires_at: datetime
    is_cookie: bool


@dataclass(frozen=True, kw_only=True)
class Session:
    """A new session."""

    token: str
    issued_at: datetime
    expires_at: datetime

    @property
    def cookie(self) -> str:
        return set_cookie(self.token, self.expires_at - self.issued_at)


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

    def issue(self, user: User, logged_in_at: datetime | None = None) -> Session:
        """A session for somebody who proves, or has proved at ``logged_in_at``, to be this user."""
        issued_at = self._now().replace(microsecond=0)
        logged_in_at = logged_in_at or issued_at
        expires_at = min(issued_at + LIFETIME, logged_in_at + LONGEST)
        kid, key = self._keys.signing("session")
        token = jwt.encode(
            {
                "sub": user.id,
                "ver": user.token_version,
                "iat": issued_at,
                "exp": expires_at,
                "auth_time": int(logged_in_at.timestamp()),
            },
            key,
            algorithm="HS256",
            headers={"kid": kid},
        )
        return Session(token=token, issued_at=issued_at, expires_at=expires_at)

    def renew(self, claims: Claims, user: User) -> Session | None:
        """The next session of somebody who uses his cookie, once half its time is over.

        Twelve hours after the log-in there is no next one; and a bearer token is for programs, which log in.
        """
        left = claims.expires_at - self._now()
        if not claims.is_cookie or left > LIFETIME / 2:
            return None
        session = self.issue(user, claims.logged_in_at)
        return session if session.expires_at > claims.expires_at else None

    def read(self, request: Request) -> Claims | None:
        """What the request's token says, None without a good one. A bearer token counts before the cookie."""
        authorization = request.headers.get("authorization")
        if authorization is None:
            token, is_cookie = request.cookie(COOKIE), True
        else:
            is_cookie = False
            scheme, _, token = authorization.strip().partition(" ")
            if scheme.lower() != "bearer":
                return None
        return self._verify(token.strip(), is_cookie) if token else None

    def user(self, claims: Claims) -> User | None:
        """The user a token speaks of, as he is now."""
        return self._find(claims.subject)

    def judge(self, claims: Claims, user: User | None) -> User:
        """The user, if his sessions still count."""
        if user is None or user.profile.deleted_at or user.token_version != claims.token_version:
            raise Problem("not-signed-in")
        return user

    def _verify(self, token: str, is_cookie: bool) -> Claims | None:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._keys.verifying(kid, "session") if isinstance(kid, str) else None
            if key is None:
                return None
            # The regions' clocks differ a little: `iat` may lie in the future.
            options = {"require": ["sub", "exp"], "verify_iat": False, "verify_exp": False}
            claims = jwt.decode(token, key, algorithms=["HS256"], options=options)  # type: ignore[arg-type]
            subject, version = claims["sub"], claims.get("ver")
            expires_at = datetime.fromtimestamp(claims["exp"], UTC)
            logged_in_at = datetime.fromtimestamp(claims.get("auth_time", claims.get("iat", 0)), UTC)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError):
            return None
        if not isinstance(version, int) or expires_at <= self._now():
            return None
        return Claims(
            subject=subject,
            token_version=version,
            logged_in_at=logged_in_at,
            expires_at=expires_at,
            is_cookie=is_cookie,
        )
