"""Recovery of uploads from bad writes: what is known of people's files is put back as it was.

An upload has no history and needs none: what was asked for never changes, and what has become of it changes
once. So what differs otherwise was written by nobody who may write. The files themselves are in the buckets,
where no version is deleted but by name; an upload that was not over is looked after as soon as it is back.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from files.model import Upload
from files.store import Store
from users.change import Realm
from users.earlier import Earlier
from users.errors import Refusal
from users.items import Conflict
from users.model import RESTORABLE, User
from users.recover import Finding, Recovered, Recovery, find_page
from users.recover import judge as judge_user
from users.rounds import ROUNDS

#: What never changes, and what changes once.
ASKED: Final = ("owner", "asked", "created_at")
BECOME: Final = ("state", "stored", "finished_at", "reason")


@dataclass(frozen=True, kw_only=True)
class Archive:
    """Uploads and their owners, as they are and as they were at the moment of ``recovery``."""

    store: Store
    owners: Realm
    uploads: Earlier[Upload]
    users: Earlier[User]
    recovery: Recovery


def recover_uploads(archive: Archive, *, limit: int, after: str | None, dry_run: bool) -> Recovered:
    """Judge some uploads and, unless it is a dry run, put back what is to be put back.

    To be asked for when the users are back. Repeating it changes nothing more.
    """
    step: Callable[[Archive, Upload], Finding] = _judged if dry_run else _recovered
    return find_page(archive.uploads, lambda was: step(archive, was), limit=limit, after=after)


def _judged(archive: Archive, was: Upload) -> Finding:
    return _judge(archive, was, archive.store.get(was.id))


def _recovered(archive: Archive, was: Upload) -> Finding:
    for _ in range(ROUNDS):
        seen = archive.store.get(was.id)
        finding = _judge(archive, was, seen)
        now = archive.owners.now()
        try:
            if finding.verdict == "missing":
                archive.store.create(_due(replace(was, rev=was.rev + 1, outbox={}), now))
            elif seen and finding.verdict == "changed":
                back = {name: getattr(was, name) for name in finding.back}
                archive.store.replace(seen, _due(replace(seen, rev=seen.rev + 1, **back), now))
        except Conflict:
            continue
        return finding
    raise Refusal("write-conflict")


def _judge(archive: Archive, was: Upload, now: Upload | None) -> Finding:
    if now is None:
        return Finding(id=was.id, verdict="erased" if _is_purged(archive, was) else "missing")
    differs = [name for name in (*ASKED, *BECOME) if getattr(now, name) != getattr(was, name)]
    back = tuple(name for name in differs if name in ASKED or _is_settled(name, was))
    kept = tuple(name for name in differs if name not in back)
    return Finding(
        id=was.id, verdict="changed" if back else "newer" if kept else "same", back=back, kept=kept
    )


def _is_settled(name: str, was: Upload) -> bool:
    return was.is_finished or (name == "stored" and was.stored is not None)


def _is_purged(archive: Archive, was: Upload) -> bool:
    """Whether it went with its owner's account, who may have registered again since."""
    owner = archive.owners.store.get(was.owner)
    if owner:
        deleted_at, now = owner.profile.deleted_at, archive.owners.now()
        is_going = deleted_at is not None and now - deleted_at >= RESTORABLE
        return is_going or owner.profile.registered_at > was.created_at
    then = archive.users.get(was.owner)
    return then is None or judge_user(archive.owners, then, archive.recovery).verdict == "erased"


def _due(upload: Upload, now: datetime) -> Upload:
    """Look at once after what is not over; files that are not there, or that nobody sent, are found so."""
    is_quiet = upload.state == "done" or (upload.state == "failed" and not upload.look_at)
    return replace(upload, look_at=None if is_quiet else now)
