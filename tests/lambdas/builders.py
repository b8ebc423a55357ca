"""Values that do not matter: a test names only what it is about."""

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from users.change import Realm, Write
from users.memory import MemoryStore
from users.model import Applied, Caller, Locale, Profile, Role, User, user_id
from users.register import Registration
from users.store import Store

NAMESPACE = UUID("5f1c3e0e-7a3b-4a53-9f5c-0d8f8c1b2a3d")
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_numbers = count(1)


def any_email() -> str:
    return f"person{next(_numbers)}@example.com"


def any_name() -> str:
    return f"Person {next(_numbers)}"


def any_password() -> str:
    return f"correct horse {next(_numbers)}"


def any_key() -> str:
    return f"key-{next(_numbers)}"


def any_registration(
    *,
    email: str | None = None,
    name: str | None = None,
    password: str | None = None,
    locale: Locale = "en",
) -> Registration:
    return Registration(
        email=email or any_email(),
        name=name or any_name(),
        password=password or any_password(),
        locale=locale,
    )


def any_user(
    *,
    email: str | None = None,
    name: str | None = None,
    role: Role = "user",
    registered_at: datetime = START,
    verified_at: datetime | None = None,
    deleted_at: datetime | None = None,
    applied: dict[str, Applied] | None = None,
) -> User:
    email = email or any_email()
    return User(
        profile=Profile(
            id=user_id(NAMESPACE, email),
            email=email,
            name=name or any_name(),
            role=role,
            locale="en",
            registered_at=registered_at,
            verified_at=verified_at,
            deleted_at=deleted_at,
        ),
        password_hash="$argon2id$unused",
        token_version=7,
        rev=1,
        applied=applied or {},
    )


def any_applied(*, at: datetime = START, operation: str = "edit", by: Caller = "self") -> Applied:
    return Applied(operation=operation, fingerprint="", status=200, at=at, by=by)


def any_write(
    *,
    operation: str = "edit",
    caller: str = "somebody",
    status: int = 200,
    key: str | None = None,
    body: dict[str, object] | None = None,
) -> Write:
    return Write(operation=operation, caller=caller, status=status, key=key, body=body or {})


class Clock:
    """A clock that goes only when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class PlainSigner:
    """Fingerprints under a fixed secret."""

    def sign(self, message: bytes) -> str:
        return hmac.new(b"secret", message, hashlib.sha256).hexdigest()

    def verify(self, message: bytes, signature: str) -> bool:
        return hmac.compare_digest(self.sign(message), signature)


class PlainTokens:
    """Links that anybody could make."""

    def kid(self) -> str:
        return "a"

    def make(self, user_id: str, notice_id: str, kid: str) -> str:
        return f"{user_id}.{kid}.{notice_id}"


def any_realm(store: Store | None = None, clock: Clock | None = None) -> Realm:
    return Realm(
        store=store if store is not None else MemoryStore(),
        namespace=NAMESPACE,
        signer=PlainSigner(),
        tokens=PlainTokens(),
        now=clock or Clock(),
    )


def renamed(user: User, name: str) -> User:
    return replace(user, profile=replace(user.profile, name=name))
