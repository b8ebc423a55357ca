"""What is left of files in the other region's bucket while that one is away, and no upload tells of it.

A message would be tried for some minutes; an item waits for as long as the region is away, and is due until
nothing is left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from notices.model import Outbox
from notices.times import timestamp
from users.items import Conflict, Items, Kind, Value
from users.rounds import settle

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """That files of the upload ``id`` are to be deleted, since when, and how often one came.

    ``rev`` counts the writes; there is never a notice in ``outbox``.
    """

    id: str
    since: datetime
    files: int = 1
    rev: int = 1
    outbox: Outbox = field(default_factory=dict)


class Leftovers(Protocol):
    """Each method raises ``Refusal("unavailable")`` when the store cannot answer."""

    def get(self, id: str, /) -> Leftover | None:
        """What is left of an upload's files, read strongly."""

    def create(self, leftover: Leftover, /) -> None:
        """Write what is not there yet, else ``Conflict``."""

    def replace(self, seen: Leftover, becomes: Leftover, key: str = "", /) -> None:
        """Write over exactly what was seen, else ``Conflict``."""

    def remove(self, seen: Leftover, /) -> None:
        """Delete exactly what was seen, else ``Conflict``."""


class DynamoLeftovers(Items[Leftover]):
    """Leftovers as items of the main table, beside the uploads."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        super().__init__(client, table_name, KIND)


def remember(leftovers: Leftovers, id: str, now: datetime) -> None:
    """Write down that files are left; whoever deletes them meanwhile does not overlook this one."""
    try:
        leftovers.create(Leftover(id=id, since=now))
    except Conflict:
        if not settle(leftovers, id, lambda seen: replace(seen, files=seen.files + 1)):
            remember(leftovers, id, now)


def _duties(leftover: Leftover) -> Iterator[datetime]:
    yield leftover.since


def _to_item(leftover: Leftover) -> dict[str, Value]:
    return {
        "pk": leftover.id,
        "sk": "leftover",
        "since": timestamp(leftover.since),
        "files": leftover.files,
        "rev": leftover.rev,
    }


def _from_item(item: Mapping[str, Any]) -> Leftover:
    return Leftover(
        id=item["pk"]["S"],
        since=datetime.fromisoformat(item["since"]["S"]),
        files=int(item["files"]["N"]),
        rev=int(item["rev"]["N"]),
    )


KIND: Final = Kind(sk="leftover", to_item=_to_item, from_item=_from_item, duties=_duties)
