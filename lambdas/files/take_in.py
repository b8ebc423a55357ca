"""Taking in a file that has arrived: it is judged, its upload says so, and its owner is told.

Every step can be repeated, by anybody, in any order, in either region: events come twice and late, and
whoever was at it may have died. The first version of an object that is claimed is the one that counts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Literal
from uuid import NAMESPACE_OID, uuid5

from files.contents import judge
from files.leftovers import Leftovers, remember
from files.model import ABANDONED, LARGEST, Reason, Stored, Upload, holder, object_key
from files.objects import Away, Found, Objects
from files.store import Store
from notices.model import Notice, with_notice
from notices.times import now
from telemetry.metrics import count
from users.change import Realm, revise
from users.items import Conflict
from users.model import Document, User
from users.rounds import settle

Outcome = Literal[
    "taken-in", "refused", "again", "second", "nobodys", "missing", "waiting", "abandoned", "later"
]

#: When somebody looks after an upload for the first time; then after twice as long, up to a day.
FIRST_LOOK: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What is worked with where files are taken in: a region, and what it shares with the other one."""

    region: str
    regions: tuple[str, ...]
    store: Store
    leftovers: Leftovers
    objects: Objects
    users: Realm
    now: Callable[[], datetime] = field(default=now)


def next_look(created_at: datetime, now: datetime) -> datetime:
    """When to look after an upload again: soon at first, and when it counts as abandoned at the latest."""
    later = max(now - created_at, FIRST_LOOK / 2) * 2
    return min(created_at + later, max(created_at + ABANDONED, now + FIRST_LOOK))


def take_in(desk: Desk, key: str, version: str) -> Outcome:
    """Take in one version of an object, of which an event or a look tells."""
    id = holder(key)
    here = Stored(region=desk.region, key=key, version=version)
    upload = settle(desk.store, id, lambda seen: _claimed(seen, here, desk.now()))
    if upload is None or upload.stored is None:
        return _nobodys(desk, id)
    if (upload.stored.key, upload.stored.version) != (key, version):
        return _second(desk, upload, key, version)
    if upload.state == "done":
        return "again"
    if upload.state == "failed":
        return _cleared(desk, upload, "again")  # since whoever refused it may have died before that
    found = desk.objects.look(key, version)
    if found is None:
        return "missing"
    return _finish(desk, upload, _fault(desk.objects, upload, key, found))


def look_after(desk: Desk, id: str) -> Outcome:
    """Take in what nobody took in, and remove what nobody sent.

    In a region that has lost the other one, this finds the other's files by their replicas. What can only be
    done in the other region's bucket stays due until that one answers.
    """
    upload = desk.store.get(id)
    if upload is None or upload.is_finished:
        return _swept(desk, id, upload)
    for key in [upload.stored.key] if upload.stored else [object_key(one, id) for one in desk.regions]:
        if found := desk.objects.look(key, upload.stored.version if upload.stored else None):
            return take_in(desk, key, found.version)
    now = desk.now()
    if now - upload.created_at >= ABANDONED:
        try:
            if desk.users.store.get(upload.owner) is None:
                desk.objects.purge(id)
            elif upload.stored:  # no other version counts, not even if this one never comes
                desk.objects.purge(id, upload.stored.version)
            # What a region accepted before it was lost comes by itself when that one is back.
            if not desk.objects.is_anywhere(id):
                desk.store.remove(upload)
                return "abandoned"
        except Away:
            return "later"
        except Conflict:
            return "waiting"
    settle(desk.store, id, lambda seen: _looked_at(seen, now))
    return "waiting"


def _claimed(upload: Upload, here: Stored, now: datetime) -> Upload:
    if upload.state != "waiting":
        return upload
    return replace(upload, state="working", stored=here, look_at=next_look(upload.created_at, now))


def _looked_at(upload: Upload, now: datetime) -> Upload:
    if upload.is_finished:
        return upload
    return replace(upload, look_at=next_look(upload.created_at, now))


def _fault(objects: Objects, upload: Upload, key: str, found: Found) -> Reason | None:
    if found.size == 0:
        return "empty"
    if found.size > LARGEST:  # not even read
        return "too-large"
    if found.size != upload.asked.size:
        return "wrong-size"
    return judge(objects.read(key, found.version), upload.asked.content_type)


def _finish(desk: Desk, upload: Upload, reason: Reason | None) -> Outcome:
    # The owner's item first: when the upload is done, nothing of it is left to do.
    if reason is None and not revise(desk.users, upload.owner, partial(_with_document, upload)):
        try:
            desk.objects.purge(upload.id)
        except Away:
            return "later"  # it is looked after until it counts as abandoned
        return "nobodys"
    now = desk.now()

    def finished(seen: Upload) -> Upload:
        if seen.is_finished:
            return seen
        over = replace(seen, finished_at=now)
        if reason:  # and to be looked after until nothing is left of the file
            return replace(over, state="failed", reason=reason)
        return replace(over, state="done", look_at=None, outbox=with_notice(over.outbox, _notice(over, now)))

    over = settle(desk.store, upload.id, finished)
    if reason:
        count("UploadsFailed")
        return _cleared(desk, over or upload, "refused")
    count("UploadsTaken")
    return "taken-in"


def _nobodys(desk: Desk, id: str) -> Outcome:
    try:
        desk.objects.purge(id)
    except Away:
        remember(desk.leftovers, id, desk.now())
        return "later"
    return "nobodys"


def _second(desk: Desk, upload: Upload, key: str, version: str) -> Outcome:
    try:
        desk.objects.remove(key, version)
    except Away:
        remember(desk.leftovers, upload.id, desk.now())
        return "later"
    return "second"


def _swept(desk: Desk, id: str, upload: Upload | None) -> Outcome:
    """Delete what was left of the files of an upload that is over, or is not there any more."""
    left = desk.leftovers.get(id)
    if upload and (left or upload.look_at) and _cleared(desk, upload, "again") == "later":
        return "later"
    if not left:
        return "again"
    try:
        if not upload:
            desk.objects.purge(id)
        desk.leftovers.remove(left)
    except (Away, Conflict):  # not yet, or another file has come meanwhile
        return "later"
    return "nobodys" if upload is None else "second"


def _cleared(desk: Desk, upload: Upload, outcome: Outcome) -> Outcome:
    """Delete what does not count of an upload that is over; then nobody has to look after it any more."""
    spare = upload.stored.version if upload.stored and upload.state == "done" else None
    try:
        desk.objects.purge(upload.id, spare)
    except Away:
        return "later"
    settle(
        desk.store,
        upload.id,
        # An operator may have put it back meanwhile, to be looked after.
        lambda seen: replace(seen, look_at=None) if seen.look_at == upload.look_at else seen,
    )
    return outcome


def _with_document(upload: Upload, owner: User) -> User:
    """The newest document is the one that counts; earlier ones stay among the owner's uploads."""
    earlier = owner.profile.document
    if earlier and (earlier.at, earlier.id) >= (upload.created_at, upload.id):
        return owner
    document = Document(id=upload.id, at=upload.created_at)
    return replace(owner, profile=replace(owner.profile, document=document))


def _notice(upload: Upload, now: datetime) -> Notice:
    # The same at each attempt, so that two who finish at once record one.
    id = str(uuid5(NAMESPACE_OID, upload.id))
    return Notice(id=id, kind="document", at=now, about=upload.asked.filename)
