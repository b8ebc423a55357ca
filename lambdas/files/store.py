"""Where uploads are kept: the interface, and the main table behind it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from files.model import Asked, ContentType, Page, Reason, State, Stored, Upload
from files.model import Kind as UploadKind
from notices.items import from_map, to_map
from notices.model import first_due
from notices.times import timestamp
from users.items import Items, Kind, Value

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from notices.courier import Courier

#: The indexes: the uploads of one person, and those of everybody.
OWNED: Final = "owned"
UPLOADS: Final = "uploads"

#: The one partition of `UPLOADS`. It takes about 1 000 new uploads a second, as the lists of users do.
EVERYBODYS: Final = "everybody"


class Store(Protocol):
    """Each method raises ``Refusal("unavailable")`` when the store cannot answer."""

    def get(self, id: str, /) -> Upload | None:
        """The upload, read strongly."""

    def create(self, upload: Upload, /) -> None:
        """Write an upload that is not there yet, else ``Conflict``."""

    def replace(self, seen: Upload, becomes: Upload, key: str = "", /) -> None:
        """Write over exactly what was seen, else ``Conflict``."""

    def remove(self, seen: Upload, /) -> None:
        """Delete exactly what was seen, else ``Conflict``."""

    def page(self, owner: str | None, limit: int, after: str | None) -> Page:
        """Somebody's uploads, or everybody's, after a position (eventually consistent)."""


class DynamoStore(Items[Upload]):
    """Uploads as items of the main table."""

    def __init__(self, client: "DynamoDBClient", table_name: str, courier: "Courier | None" = None) -> None:
        super().__init__(client, table_name, KIND, courier)

    def page(self, owner: str | None, limit: int, after: str | None) -> Page:
        name, value = ("owner", owner) if owner else ("uploads", EVERYBODYS)
        query: dict[str, Any] = {
            "IndexName": OWNED if owner else UPLOADS,
            "KeyConditionExpression": "#partition = :partition",
            "ExpressionAttributeNames": {"#partition": name},
            "ExpressionAttributeValues": {":partition": {"S": value}},
            "ScanIndexForward": False,
        }
        if after:
            id = after.rpartition("#")[2]
            query["ExclusiveStartKey"] = {
                **KIND.key(id),
                name: {"S": value},
                "uploaded_key": {"S": after},
            }
        found, more = self._query(query, limit)
        uploads = tuple(map(KIND.read, found))
        return Page(uploads=uploads, more=position(uploads[-1]) if more else None)


def position(upload: Upload) -> str:
    """Where an upload stands in the lists."""
    return f"{timestamp(upload.created_at)}#{upload.id}"


def _duties(upload: Upload) -> Iterator[datetime | None]:
    yield first_due(upload.outbox)
    yield upload.look_at


def _to_item(upload: Upload) -> dict[str, Value]:
    item: dict[str, Value] = {
        "pk": upload.id,
        "sk": "upload",
        "owner": upload.owner,
        "kind": upload.asked.kind,
        "filename": upload.asked.filename,
        "content_type": upload.asked.content_type,
        "size": upload.asked.size,
        "created_at": timestamp(upload.created_at),
        "state": upload.state,
        "rev": upload.rev,
        "outbox": to_map(upload.outbox),
        "uploads": EVERYBODYS,
        "uploaded_key": position(upload),
    }
    if upload.stored:
        stored = upload.stored
        item["stored"] = {"region": stored.region, "key": stored.key, "version": stored.version}
    if upload.reason:
        item["reason"] = upload.reason
    for name, moment in (("look_at", upload.look_at), ("finished_at", upload.finished_at)):
        if moment:
            item[name] = timestamp(moment)
    return item


def _to_upload(item: Mapping[str, Any]) -> Upload:
    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(item[name]["S"]) if name in item else None

    return Upload(
        id=item["pk"]["S"],
        owner=item["owner"]["S"],
        asked=Asked(
            kind=cast("UploadKind", item["kind"]["S"]),
            filename=item["filename"]["S"],
            content_type=cast("ContentType", item["content_type"]["S"]),
            size=int(item["size"]["N"]),
        ),
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        state=cast("State", item["state"]["S"]),
        rev=int(item["rev"]["N"]),
        look_at=moment("look_at"),
        stored=_to_stored(item["stored"]["M"]) if "stored" in item else None,
        finished_at=moment("finished_at"),
        reason=cast("Reason", item["reason"]["S"]) if "reason" in item else None,
        outbox=from_map(item["outbox"]["M"]) if "outbox" in item else {},
    )


def _to_stored(item: Mapping[str, Any]) -> Stored:
    return Stored(region=item["region"]["S"], key=item["key"]["S"], version=item["version"]["S"])


KIND: Final = Kind(sk="upload", to_item=_to_item, from_item=_to_upload, duties=_duties)
