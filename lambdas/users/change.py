"""Every write of a user: read strongly, decide, write if nothing changed meanwhile, else decide again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID, uuid4

from notices.times import now
from telemetry.metrics import Metric, count
from users.errors import Refusal
from users.items import Conflict
from users.model import Applied, Caller, Event, User, What
from users.rounds import ROUNDS, settle
from users.store import Store

if TYPE_CHECKING:
    from users.links import Tokens
    from users.throttles import Throttles

REMEMBERED = 16
KEPT = timedelta(hours=24)
OWN_KEPT = timedelta(minutes=1)
EVENTS = 50
#: What is counted when something happened to a user.
COUNTED: Final[Mapping[What, Metric]] = {
    "password-changed": "PasswordChanges",
    "password-reset": "PasswordChanges",
    "deleted": "Deletions",
    "restored": "Restorations",
}
_OWN = "."  # no client's key starts with it


class Signer(Protocol):
    """Makes and recognises fingerprints, under a secret of the deployment."""

    def sign(self, message: bytes) -> str:
        """The fingerprint of a message."""

    def verify(self, message: bytes, signature: str) -> bool:
        """Whether this is the message's fingerprint, also under a key that signs no longer."""


@dataclass(frozen=True, kw_only=True)
class Realm:
    """What the use cases work with: where users are kept and what their ids and fingerprints are made of."""

    store: Store
    namespace: UUID
    signer: Signer | None = None
    throttles: "Throttles | None" = None
    tokens: "Tokens | None" = None
    now: Callable[[], datetime] = field(default=now)


@dataclass(frozen=True, kw_only=True)
class Write:
    """One write that somebody asked for.

    ``body`` is what was asked, without passwords. ``key`` is the caller's idempotency key; without one the
    write gets a key of its own, so that a retry inside the SDK is recognised.
    """

    operation: str
    caller: str
    status: int
    body: Mapping[str, object] = field(default_factory=dict)
    key: str | None = None
    own_key: str = field(default_factory=lambda: f"{_OWN}{uuid4()}")

    @property
    def effective_key(self) -> str:
        return self.key or self.own_key

    @property
    def message(self) -> bytes:
        """What the fingerprint covers."""
        return json.dumps([self.caller, self.operation, self.body], sort_keys=True).encode()


@dataclass(frozen=True, kw_only=True)
class Done:
    """The status of the first time, and the user as he is now."""

    status: int
    user: User


def change(
    realm: Realm,
    user_id: str,
    write: Write,
    decide: Callable[[User], User],
    *,
    what: What | Callable[[User], What],
) -> Done:
    """Apply ``decide`` to the user once, however often and wherever this write is repeated.

    What changed the user becomes part of the history in the same write, as ``what``, which may depend on the
    user before.

    ``decide`` is asked again whenever the user changed meanwhile; it refuses by raising ``Refusal``. When it
    changes nothing, only a caller's key is still written down: the same request, coming late, must not do now
    what it had no reason to do then.
    """
    user = realm.store.get(user_id)
    for _ in range(ROUNDS):
        if user is None:
            raise Refusal("not-found")
        if done := recall(realm, user, write):
            return done
        becomes = decide(user)
        named: What | None = None
        if becomes == user and write.key is None:
            return Done(status=write.status, user=user)
        by: Caller = "self" if write.caller == user.id else "other"
        if becomes != user:
            named = what(user) if callable(what) else what
            becomes = _noted(becomes, Event(at=realm.now(), what=named, by=write.caller))
        becomes = replace(becomes, rev=user.rev + 1, applied=remember(realm, user.applied, write, by))
        try:
            realm.store.replace(user, becomes, write.effective_key)
        except Conflict as conflict:
            count("WriteConflicts")
            user = conflict.found
        else:
            if named and named in COUNTED:
                count(COUNTED[named])
            return Done(status=write.status, user=becomes)
    if user and (done := recall(realm, user, write)):
        return done
    raise Refusal("write-conflict")


def revise(realm: Realm, user_id: str, decide: Callable[[User], User]) -> User | None:
    """Apply ``decide`` to the user, if there is one, without a place in ``applied`` or in the history.

    For what is harmless when it happens twice, and for whose callers nothing may be kept.
    """
    return settle(realm.store, user_id, decide)


def recall(realm: Realm, user: User, write: Write) -> Done | None:
    """The first answer, if this very write was applied before; refuses another write under the same key."""
    applied = user.applied.get(write.effective_key)
    if applied is None or _is_over(write.effective_key, applied, realm.now()):
        return None
    if not _is_same(realm, applied, write):
        raise Refusal("idempotency-mismatch")
    return Done(status=applied.status, user=user)


def _noted(user: User, event: Event) -> User:
    return replace(user, events=(*user.events, event)[-EVENTS:])


def _is_same(realm: Realm, applied: Applied, write: Write) -> bool:
    """Whether caller, operation and body are those of the write that was applied."""
    if applied.operation != write.operation:
        return False
    if write.key is None or realm.signer is None:
        return write.key is None
    return realm.signer.verify(write.message, applied.fingerprint)


def remember(realm: Realm, applied: Mapping[str, Applied], write: Write, by: Caller) -> dict[str, Applied]:
    """What to remember from now on: callers' keys a day, own ones a minute.

    Keys of the user himself, keys of others and own ones are counted apart, at most 16 of each: nobody can
    keep an administrator from deleting him by writing often, and no write is refused because of own keys.
    """
    now = realm.now()
    live = {key: one for key, one in applied.items() if not _is_over(key, one, now)}
    group = _group(write.effective_key, by)
    alike = sorted(
        (key for key, one in live.items() if _group(key, one.by) == group), key=lambda key: live[key].at
    )
    if len(alike) >= REMEMBERED:
        oldest = live[alike[0]]
        if write.key:
            seconds = (oldest.at + KEPT - now).total_seconds()
            raise Refusal("slow-down", retry_after=max(1, round(seconds)))
        del live[alike[0]]
    fingerprint = realm.signer.sign(write.message) if realm.signer and write.key else ""
    entry = Applied(operation=write.operation, fingerprint=fingerprint, status=write.status, at=now, by=by)
    return {**live, write.effective_key: entry}


def _group(key: str, by: Caller) -> Caller | None:
    """Which keys this one is counted with; None: those that the handler made."""
    return None if key.startswith(_OWN) else by


def _is_over(key: str, applied: Applied, now: datetime) -> bool:
    return now - applied.at >= (OWN_KEPT if key.startswith(_OWN) else KEPT)
