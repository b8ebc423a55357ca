"""Items of the main table: every write is one conditional write of one item."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError

from notices import due
from notices.courier import Reference
from notices.model import Outbox
from users.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from notices.courier import Courier

Value = str | int | Mapping[str, "Value"] | Sequence["Value"]

# Faults of ours, which another attempt or another region would only repeat.
_OUR_FAULTS = frozenset({"ValidationException", "SerializationException"})


class Kept(Protocol):
    """Something with an id, whose writes are counted."""

    @property
    def id(self) -> str: ...
    @property
    def rev(self) -> int: ...
    @property
    def outbox(self) -> Outbox: ...


T = TypeVar("T", bound=Kept)


class Conflict(Exception):  # noqa: N818
    """A condition did not hold; ``found`` is the item as it is, None if there is none."""

    def __init__(self, found: Any) -> None:
        super().__init__("the item is not as it was seen")
        self.found = found


class Damaged(Exception):  # noqa: N818
    """An item is not what its key says; the text is its id."""


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[T]):
    """How one kind of things is kept: its sort key, there and back, and when something is due about one."""

    sk: str
    to_item: Callable[[T], Mapping[str, Value]]
    from_item: Callable[[Mapping[str, Any]], T]
    duties: Callable[[T], Iterable[datetime | None]]

    def key(self, id: str) -> dict[str, Any]:
        """The key of an item."""
        return {"pk": {"S": id}, "sk": {"S": self.sk}}

    def read(self, item: Mapping[str, Any]) -> T:
        """The thing in an item, or in what an index has of it.

        :raises Damaged: there is none in it.
        """
        try:
            return self.from_item(item)
        except (KeyError, ValueError, TypeError) as error:
            raise Damaged(item["pk"]["S"]) from error


class Items(Generic[T]):
    """The items of one kind.

    Each write also says when something has to be done about the item next, as a duty of this region. With a
    ``courier``, the notices that are new in an item are announced when it is written. Each method raises
    ``Refusal("unavailable")`` when the table cannot answer.
    """

    def __init__(
        self, client: "DynamoDBClient", table_name: str, kind: Kind[T], courier: "Courier | None" = None
    ) -> None:
        self._client = client
        self._table = table_name
        self._kind = kind
        self._courier = courier
        self._region = client.meta.region_name

    def get(self, id: str) -> T | None:
        """The thing, read strongly."""
        with answering(self._kind.read):
            found = self._client.get_item(TableName=self._table, Key=self._kind.key(id), ConsistentRead=True)
        return self._kind.read(found["Item"]) if "Item" in found else None

    def due_at(self, id: str) -> datetime | None:
        """When something has to be done about a thing as it is, whatever a sweep made of its hint."""
        thing = self.get(id)
        moments = self._kind.duties(thing) if thing else ()
        return min((moment for moment in moments if moment), default=None)

    def create(self, thing: T) -> None:
        """Write what is not there yet, else ``Conflict``."""
        item = {**self._kind.to_item(thing), **self._due(thing)}
        with answering(self._kind.read):
            self._client.put_item(
                TableName=self._table,
                Item={name: marshal(value) for name, value in item.items()},
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        self._announce(thing, {})

    def replace(self, seen: T, becomes: T, key: str = "") -> None:
        """Write over exactly what was seen, and only if ``key`` was not applied since, else ``Conflict``."""
        old, new = self._kind.to_item(seen), self._kind.to_item(becomes)
        names, values = {"#rev": "rev"}, {":seen": marshal(seen.rev)}
        condition = "#rev = :seen"
        applied = old.get("applied", {})
        if key and isinstance(applied, Mapping) and key not in applied:
            names |= {"#applied": "applied", "#key": key}
            condition += " AND attribute_not_exists(#applied.#key)"
        puts, removals = [], []
        # The old hint is somebody else's, or of another region: it is always written anew.
        hint = self._due(becomes)
        for name in (due.SHARD, due.AT):
            if name in hint:
                puts.append(f"{name} = :{name}")
                values[f":{name}"] = marshal(hint[name])
            else:
                removals.append(name)
        for number, (path, value) in enumerate(_difference(old, new)):
            place = ".".join(f"#p{number}_{depth}" for depth in range(len(path)))
            names |= {f"#p{number}_{depth}": name for depth, name in enumerate(path)}
            if value is None:
                removals.append(place)
            else:
                puts.append(f"{place} = :v{number}")
                values[f":v{number}"] = marshal(value)
        update = f"SET {', '.join(puts)}" + (f" REMOVE {', '.join(removals)}" if removals else "")
        with answering(self._kind.read):
            self._client.update_item(
                TableName=self._table,
                Key=self._kind.key(seen.id),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        self._announce(becomes, seen.outbox)

    def remove(self, seen: T) -> None:
        """Delete exactly what was seen, else ``Conflict``."""
        with answering(self._kind.read):
            self._client.delete_item(
                TableName=self._table,
                Key=self._kind.key(seen.id),
                ConditionExpression="#rev = :seen",
                ExpressionAttributeNames={"#rev": "rev"},
                ExpressionAttributeValues={":seen": marshal(seen.rev)},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def _query(self, query: Mapping[str, Any], limit: int) -> tuple[Sequence[Mapping[str, Any]], bool]:
        """At most so many items of a page, and whether there are more (eventually consistent)."""
        with answering(self._kind.read):
            # One more tells whether this page is the last.
            found = self._client.query(**query, TableName=self._table, Limit=limit + 1)
        return found["Items"][:limit], len(found["Items"]) > limit or "LastEvaluatedKey" in found

    def _announce(self, thing: T, before: Outbox) -> None:
        if self._courier:
            for notice in thing.outbox.keys() - before.keys():
                self._courier.send(Reference(pk=thing.id, sk=self._kind.sk, notice=notice))

    def _due(self, thing: T) -> Mapping[str, str]:
        return due.hint(self._region, thing.id, *self._kind.duties(thing))


@contextmanager
def answering(read: Callable[[Mapping[str, Any]], object]) -> "Iterator[None]":
    """Turn what DynamoDB refuses into ``Conflict`` or ``Refusal``."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            item = cast("dict[str, Any]", error.response).get("Item")
            raise Conflict(read(item) if item else None) from None
        if code in _OUR_FAULTS:
            raise
        raise Refusal("unavailable") from error
    except BotoCoreError as error:
        raise Refusal("unavailable") from error


def marshal(value: Value) -> Any:
    """A value in DynamoDB's types."""
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case Sequence():
            return {"L": [marshal(part) for part in value]}
        case _:
            return {"M": {name: marshal(part) for name, part in value.items()}}


def _difference(
    old: Mapping[str, Value], new: Mapping[str, Value]
) -> "Iterator[tuple[tuple[str, ...], Value | None]]":
    """Paths and new values (None: removed); of ``applied`` only the entries that changed."""
    for name in old.keys() | new.keys():
        before, after = old.get(name), new.get(name)
        if name == "applied" and isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from (
                ((name, entry), after.get(entry))
                for entry in sorted(before.keys() | after.keys())
                if before.get(entry) != after.get(entry)
            )
        elif before != after:
            yield (name,), after
