"""What a user is."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid5

from notices.model import Outbox
from notices.times import timestamp as timestamp

Role = Literal["user", "admin"]
Locale = Literal["en", "zh-CN"]
State = Literal["active", "deleted"]
Sort = Literal["-registered_at", "name", "email"]
Caller = Literal["self", "other"]
Purpose = Literal["invitation", "reset", "verification", "restore"]
What = Literal[
    "registered",
    "profile-edited",
    "password-changed",
    "password-reset",
    "verified",
    "role-changed",
    "appointed",
    "deleted",
    "restored",
    "recovered",
]

NAME_LENGTH = 200

#: For how long a deletion can be undone; then the user is purged.
RESTORABLE: Final = timedelta(days=30)

_ID = re.compile(r"usr_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Applied:
    """A write that was applied to an item, remembered under its idempotency key.

    ``by`` says whether the user himself asked for it or somebody else.
    """

    operation: str
    fingerprint: str
    status: int
    at: datetime
    by: Caller


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to a user; ``by`` is the id of who did it, or ``operator``."""

    at: datetime
    what: What
    by: str


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a link in an e-mail may be used for, and until when; ``at`` it was made."""

    purpose: Purpose
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Document:
    """Somebody's own paper: the id of the upload, and when he began it."""

    id: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What others may see of a user."""

    id: str
    email: str
    name: str
    role: Role
    locale: Locale
    registered_at: datetime
    verified_at: datetime | None = None
    deleted_at: datetime | None = None
    document: Document | None = None

    @property
    def state(self) -> State:
        return "deleted" if self.deleted_at else "active"


@dataclass(frozen=True, kw_only=True)
class User:
    """A user as stored.

    ``rev`` counts the writes; ``applied`` holds the recent ones by their key; ``events`` what they did, the
    oldest first and the registration not among them; ``links`` those that can still be followed, by the
    digest of their token; ``outbox`` the notices that are to be sent, by their id. ``bounced_at`` and
    ``complained_at`` say that mail to the address came back, or was complained about.
    """

    profile: Profile
    password_hash: str = field(repr=False)
    token_version: int
    rev: int
    applied: Mapping[str, Applied]
    events: tuple[Event, ...] = ()
    links: Mapping[str, Link] = field(default_factory=dict)
    outbox: Outbox = field(default_factory=dict)
    bounced_at: datetime | None = None
    complained_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.profile.id

    @property
    def is_unreachable(self) -> bool:
        return bool(self.bounced_at or self.complained_at)


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some users in order; ``more`` is the position to go on from, None at the end."""

    profiles: tuple[Profile, ...]
    more: str | None


def user_id(namespace: UUID, email: str) -> str:
    """The id of a normalised e-mail address, so that its uniqueness is a condition on the key.

    >>> user_id(UUID(int=0), "ada@example.com")
    'usr_57ac19bf-282f-51cc-896c-454855822451'
    """
    return f"usr_{uuid5(namespace, email)}"


def is_user_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def searchable(text: str) -> str:
    """A name or an address as lists order and search it.

    Compatible forms of a character and its cases are one; the order is that of code points.
    """
    return unicodedata.normalize("NFKC", text).casefold()
