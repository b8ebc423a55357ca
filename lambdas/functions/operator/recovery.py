"""`{"do": "recover", …}`: one page of users is compared with a copy of the table, and put back.

`{"do": "recover-uploads", …}`: the same of uploads, when the users are back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from files.recover import Archive, recover_uploads
from files.store import KIND as UPLOAD
from files.store import DynamoStore as Uploads
from users.change import Realm
from users.earlier import DynamoEarlier
from users.model import What
from users.recover import Recovered, Recovery, recover_page
from users.store import KIND as USER

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: Things in one call: each costs two reads and perhaps a write in two regions, within ten seconds.
LIMIT = 10
_WHAT = frozenset(get_args(What))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What operators ask for: the copy, the moment it shows, and how."""

    table: str
    recovery: Recovery
    after: str | None
    dry_run: bool


def asked(event: Mapping[str, Any], prefix: str) -> Asked:
    """Read an event.

    :raises ValueError: it is not understood, or names another table than a copy of ours.
    """
    table, undo, by, after = event.get("table"), event.get("undo", []), event.get("by"), event.get("after")
    if not isinstance(table, str) or not table.startswith(prefix):
        raise ValueError("table")
    if not isinstance(undo, list) or not _WHAT.issuperset(undo):
        raise ValueError("undo")
    if not isinstance(by, str | None) or not isinstance(after, str | None):
        raise ValueError("by, after")
    if not isinstance(event.get("dry_run"), bool):
        raise ValueError("dry_run")
    at = datetime.fromisoformat(str(event.get("at")))
    if at.tzinfo is None:
        raise ValueError("at")
    recovery = Recovery(at=at, undo=frozenset(undo), by=by)
    return Asked(table=table, recovery=recovery, after=after, dry_run=event["dry_run"])


def recover(realm: Realm, client: "DynamoDBClient", asked: Asked) -> dict[str, Any]:
    """How many users are the same, the others one by one, and where to go on."""
    page = recover_page(
        realm,
        DynamoEarlier(client, asked.table, USER),
        asked.recovery,
        limit=LIMIT,
        after=asked.after,
        dry_run=asked.dry_run,
    )
    return _told(page)


def recover_files(realm: Realm, uploads: Uploads, client: "DynamoDBClient", asked: Asked) -> dict[str, Any]:
    """The same of uploads."""
    archive = Archive(
        store=uploads,
        owners=realm,
        uploads=DynamoEarlier(client, asked.table, UPLOAD),
        users=DynamoEarlier(client, asked.table, USER),
        recovery=asked.recovery,
    )
    return _told(recover_uploads(archive, limit=LIMIT, after=asked.after, dry_run=asked.dry_run))


def _told(page: Recovered) -> dict[str, Any]:
    others = [one for one in page.findings if one.verdict != "same"]
    return {
        "ok": True,
        "same": len(page.findings) - len(others),
        "others": [
            {"id": one.id, "verdict": one.verdict, "back": [*one.back], "kept": [*one.kept]} for one in others
        ],
        "more": page.more,
    }
