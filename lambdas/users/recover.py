"""Recovery from bad writes: users are put back as they were, and nothing that anybody did since is lost.

What changed in a user since is *explained* if an event of his history says so, and stays. What no event
explains was written by nobody who may write, and is put back. Events that are themselves the bad writes (a
release that demoted people, an administrator who deleted them) are named to be undone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from secrets import randbits
from typing import Final, Literal, TypeVar

from users.change import EVENTS, Realm, Write, change, remember
from users.earlier import Earlier
from users.errors import Refusal
from users.items import Conflict, Damaged, Kept
from users.links import LIFETIMES
from users.model import Event, User, What
from users.rounds import ROUNDS

T = TypeVar("T", bound=Kept)

#: What can be put back, and the events that explain that it is another one now; `recovered` explains all.
EXPLAINED_BY: Final[Mapping[str, frozenset[What]]] = {
    "email": frozenset(),
    "name": frozenset({"profile-edited"}),
    "locale": frozenset({"profile-edited"}),
    "role": frozenset({"role-changed", "appointed"}),
    "registered_at": frozenset(),
    "verified_at": frozenset({"verified", "password-reset"}),
    "deleted_at": frozenset({"deleted", "restored"}),
    "document": frozenset(),  # no event tells of it: a newer one explains itself
    "password_hash": frozenset({"password-changed", "password-reset"}),
}

#: Of the user himself; all others are of his profile.
_OWN: Final = frozenset({"password_hash"})

#: - ``same``: as he was
#: - ``newer``: what differs is explained, and stays
#: - ``changed``: something is put back
#: - ``missing``: gone, and nobody can have purged him: he is put back
#: - ``erased``: gone, and perhaps purged: he stays erased
#: - ``anew``: registered again since: the account of today stays
#: - ``damaged``: his item, or that of then, cannot be read and stays: once it is deleted he is ``missing``
Verdict = Literal["same", "newer", "changed", "missing", "erased", "anew", "damaged"]


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """To which moment, and which events since are undone; ``by``: only those of this caller."""

    at: datetime
    undo: frozenset[What] = frozenset()
    by: str | None = None

    def undoes(self, event: Event) -> bool:
        return event.what in self.undo and self.by in (None, event.by)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What became of a user: the fields that are put ``back``, and those that differ and are ``kept``."""

    id: str
    verdict: Verdict
    back: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """A page of findings; ``more`` is the position after which to go on, None at the end."""

    findings: tuple[Finding, ...]
    more: str | None


def recover_page(
    realm: Realm, earlier: Earlier[User], recovery: Recovery, *, limit: int, after: str | None, dry_run: bool
) -> Recovered:
    """Judge some users and, unless it is a dry run, put back what is to be put back.

    Repeating it changes nothing more: what was put back is the same as it was.
    """
    step = judge if dry_run else recover
    return find_page(earlier, lambda was: step(realm, was, recovery), limit=limit, after=after)


def find_page(
    earlier: Earlier[T], find: Callable[[T], Finding], *, limit: int, after: str | None
) -> Recovered:
    """What is found of each of some things, also of those that are none."""
    page = earlier.page(limit, after)

    def found(was: T) -> Finding:
        try:
            return find(was)
        except Damaged:
            return Finding(id=was.id, verdict="damaged")

    damaged = (Finding(id=id, verdict="damaged") for id in page.damaged)
    return Recovered(findings=(*map(found, page.things), *damaged), more=page.more)


def judge(realm: Realm, was: User, recovery: Recovery) -> Finding:
    """What would be done about a user, by what he is now."""
    return _judge(realm, was, realm.store.get(was.id), recovery)


def recover(realm: Realm, was: User, recovery: Recovery) -> Finding:
    """Put a user back; decided again whenever somebody writes meanwhile."""
    for _ in range(ROUNDS):
        finding = judge(realm, was, recovery)
        write = Write(operation="recover", caller="operator", status=200)
        if finding.verdict == "missing":
            try:
                realm.store.create(_again(realm, was, write))
            except Conflict as conflict:
                if not (conflict.found and write.effective_key in conflict.found.applied):
                    continue
            return finding
        if finding.verdict != "changed":
            return finding
        findings: list[Finding] = []

        def decide(user: User, found: list[Finding] = findings) -> User:
            found.append(_judge(realm, was, user, recovery))
            return _put_back(user, was, found[-1].back)

        try:
            change(realm, was.id, write, decide, what="recovered")
        except Refusal as refusal:
            if refusal.code == "not-found":
                continue
            raise
        return findings[-1]
    raise Refusal("write-conflict")


def _judge(realm: Realm, was: User, user: User | None, recovery: Recovery) -> Finding:
    if user is None:
        since = was.profile.deleted_at or recovery.at
        may_be_purged = realm.now() - since >= LIFETIMES["restore"]
        return Finding(id=was.id, verdict="erased" if may_be_purged else "missing")
    if user.profile.registered_at > recovery.at:
        return Finding(id=was.id, verdict="anew")
    differs = [name for name in EXPLAINED_BY if _value(user, name) != _value(was, name)]
    since_then = [event for event in user.events if event not in was.events]
    kept = tuple(
        name
        for name in differs
        if _is_explained(name, since_then, recovery) or (name == "document" and _has_a_newer_one(user, was))
    )
    back = tuple(name for name in differs if name not in kept)
    return Finding(
        id=was.id, verdict="changed" if back else "newer" if kept else "same", back=back, kept=kept
    )


def _is_explained(name: str, events: list[Event], recovery: Recovery) -> bool:
    reasons = EXPLAINED_BY[name]
    if any(event.what in {"recovered", *reasons} and not recovery.undoes(event) for event in events):
        return True
    # So much happened since that the history does not reach back: who knows what it would explain?
    return bool(reasons) and len(events) >= EVENTS


def _has_a_newer_one(user: User, was: User) -> bool:
    """Documents only ever give way to newer ones."""
    now, then = user.profile.document, was.profile.document
    return now is not None and (then is None or now.at > then.at)


def _value(user: User, name: str) -> object:
    return getattr(user if name in _OWN else user.profile, name)


def _put_back(user: User, was: User, names: Iterable[str]) -> User:
    names = frozenset(names)
    if not names:
        return user
    return replace(
        user,
        profile=replace(user.profile, **{name: _value(was, name) for name in names - _OWN}),  # type: ignore[arg-type]
        **{name: _value(was, name) for name in names & _OWN},  # type: ignore[arg-type]
        # No session from between goes on with what was put back.
        token_version=max(user.token_version, was.token_version) + 1,
        links={} if names & {"password_hash", "deleted_at"} else user.links,
    )


def _again(realm: Realm, was: User, write: Write) -> User:
    """Who is gone, as he was: without sessions and links, and without notices, which may have been sent."""
    back = replace(
        was,
        token_version=randbits(31),
        rev=was.rev + 1,
        applied=remember(realm, was.applied, write, by="other"),
        events=(*was.events, Event(at=realm.now(), what="recovered", by="operator"))[-EVENTS:],
    )
    return replace(back, links={}, outbox={})
