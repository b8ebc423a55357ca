"""Things as they were at an earlier moment: a copy of the table, which is only read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from users.items import Damaged, Kept, Kind, answering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T", bound=Kept)


@dataclass(frozen=True, kw_only=True)
class EarlierPage(Generic[T]):
    """Some things of one kind, in no order; ``more`` is the position after which to go on, None at the end.

    ``damaged`` are the ids of items that are none.
    """

    things: tuple[T, ...]
    more: str | None
    damaged: tuple[str, ...] = ()


class Earlier(Protocol[T]):
    """Each method raises ``Refusal("unavailable")`` when the copy cannot answer."""

    def page(self, limit: int, after: str | None) -> EarlierPage[T]:
        """Things after a position; a page may be empty and not the last."""

    def get(self, id: str) -> T | None:
        """One thing as it was."""


class DynamoEarlier(Generic[T]):
    """A table that was restored to a moment, and what is in it of one kind."""

    def __init__(self, client: "DynamoDBClient", table_name: str, kind: Kind[T]) -> None:
        self._client = client
        self._table = table_name
        self._kind = kind

    def page(self, limit: int, after: str | None) -> EarlierPage[T]:
        start: dict[str, Any] = {"ExclusiveStartKey": _key(after)} if after else {}
        with answering(self._kind.read):
            found = self._client.scan(
                TableName=self._table,
                Limit=limit,
                ConsistentRead=True,
                FilterExpression="sk = :kind",
                ExpressionAttributeValues={":kind": {"S": self._kind.sk}},
                **start,
            )
        things, damaged = [], []
        for item in found["Items"]:
            try:
                things.append(self._kind.read(item))
            except Damaged:
                damaged.append(item["pk"]["S"])
        last = found.get("LastEvaluatedKey")
        return EarlierPage(things=tuple(things), damaged=tuple(damaged), more=_position(last))

    def get(self, id: str) -> T | None:
        with answering(self._kind.read):
            found = self._client.get_item(TableName=self._table, Key=self._kind.key(id), ConsistentRead=True)
        return self._kind.read(found["Item"]) if "Item" in found else None


def _position(key: Any) -> str | None:
    return f"{key['pk']['S']}#{key['sk']['S']}" if key else None


def _key(position: str) -> Any:
    pk, _, sk = position.partition("#")  # a sort key may have parts, as a watchdog's has; an id has none
    return {"pk": {"S": pk}, "sk": {"S": sk}}
