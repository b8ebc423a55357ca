"""Where users are kept: the interface, and DynamoDB behind it."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, cast

from botocore.exceptions import BotoCoreError, ClientError

from notices import due
from notices.items import from_map, to_map
from notices.model import first_due
from users.errors import Refusal
from users.listing import ORDERS, Listing, holder
from users.model import (
    RESTORABLE,
    Applied,
    Caller,
    Event,
    Link,
    Locale,
    Page,
    Profile,
    Purpose,
    Role,
    User,
    What,
    timestamp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

Value = str | int | Mapping[str, "Value"] | Sequence["Value"]

# Faults of ours, which another attempt or another region would only repeat.
_OUR_FAULTS = frozenset({"ValidationException", "SerializationException"})


class Conflict(Exception):  # noqa: N818
    """A condition did not hold; ``found`` is the item as it is, None if there is none."""

    def __init__(self, found: User | None) -> None:
        super().__init__("the item is not as it was seen")
        self.found = found


class Damaged(Exception):  # noqa: N818
    """An item that is there and is no user, by its id."""


class Store(Protocol):
    """Each method raises ``Refusal("unavailable")`` when the store cannot answer."""

    def get(self, user_id: str) -> User | None:
        """The user, read strongly."""

    def create(self, user: User) -> None:
        """Write a user who is not there yet, else ``Conflict``."""

    def replace(self, seen: User, becomes: User, key: str) -> None:
        """Write over exactly what was seen, and only if ``key`` was not applied since, else ``Conflict``."""

    def page(self, listing: Listing, limit: int, after: str | None) -> Page:
        """Users in the order of a list, after a position (eventually consistent)."""


class DynamoStore:
    """Users as items of the main table; every write is one conditional write of one item.

    Each write also says when something has to be done about the user next, as a duty of this region.
    """

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table = table_name
        self._region = client.meta.region_name

    def get(self, user_id: str) -> User | None:
        with answering():
            found = self._client.get_item(TableName=self._table, Key=item_key(user_id), ConsistentRead=True)
        return to_user(found["Item"]) if "Item" in found else None

    def create(self, user: User) -> None:
        with answering():
            self._client.put_item(
                TableName=self._table,
                Item={name: _marshal(value) for name, value in {**_to_item(user), **self._due(user)}.items()},
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def replace(self, seen: User, becomes: User, key: str) -> None:
        names, values = {"#rev": "rev"}, {":seen": _marshal(seen.rev)}
        condition = "#rev = :seen"
        if key and key not in seen.applied:
            names |= {"#applied": "applied", "#key": key}
            condition += " AND attribute_not_exists(#applied.#key)"
        puts, removals = [], []
        # The old hint is somebody else's, or of another region: it is always written anew.
        hint = self._due(becomes)
        for name in (due.SHARD, due.AT):
            if name in hint:
                puts.append(f"{name} = :{name}")
                values[f":{name}"] = _marshal(hint[name])
            else:
                removals.append(name)
        for number, (path, value) in enumerate(_difference(_to_item(seen), _to_item(becomes))):
            place = ".".join(f"#p{number}_{depth}" for depth in range(len(path)))
            names |= {f"#p{number}_{depth}": name for depth, name in enumerate(path)}
            if value is None:
                removals.append(place)
            else:
                puts.append(f"{place} = :v{number}")
                values[f":v{number}"] = _marshal(value)
        update = f"SET {', '.join(puts)}" + (f" REMOVE {', '.join(removals)}" if removals else "")
        with answering():
            self._client.update_item(
                TableName=self._table,
                Key=item_key(seen.id),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def page(self, listing: Listing, limit: int, after: str | None) -> Page:
        order = listing.order
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": order.index,
            "KeyConditionExpression": "listed = :state",
            "ExpressionAttributeValues": {":state": {"S": listing.state}},
            "ScanIndexForward": order.ascending,
            "Limit": limit + 1,  # one more tells whether this page is the last
        }
        if listing.prefix:
            query["KeyConditionExpression"] = f"listed = :state AND begins_with({order.attribute}, :start)"
            query["ExpressionAttributeValues"] = {
                ":state": {"S": listing.state},
                ":start": {"S": listing.prefix},
            }
        if after:
            query["ExclusiveStartKey"] = {
                **item_key(holder(after)),
                "listed": {"S": listing.state},
                order.attribute: {"S": after},
            }
        with answering():
            found = self._client.query(**query)
        profiles = tuple(_to_profile(item) for item in found["Items"][:limit])
        is_last = len(found["Items"]) <= limit and "LastEvaluatedKey" not in found
        return Page(profiles=profiles, more=None if is_last else order.position(profiles[-1]))

    def _due(self, user: User) -> Mapping[str, str]:
        deleted_at = user.profile.deleted_at
        purge_at = deleted_at + RESTORABLE if deleted_at else None
        return due.hint(self._region, user.id, first_due(user.outbox), purge_at)


@contextmanager
def answering() -> "Iterator[None]":
    """Turn what DynamoDB refuses into ``Conflict`` or ``Refusal``."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException":
            item = cast("dict[str, Any]", error.response).get("Item")
            raise Conflict(to_user(item) if item else None) from None
        if code in _OUR_FAULTS:
            raise
        raise Refusal("unavailable") from error
    except BotoCoreError as error:
        raise Refusal("unavailable") from error


def item_key(user_id: str) -> dict[str, Any]:
    """The key of a user's item."""
    return {"pk": {"S": user_id}, "sk": {"S": "user"}}


def _to_item(user: User) -> dict[str, Value]:
    profile = user.profile
    item: dict[str, Value] = {
        "pk": profile.id,
        "sk": "user",
        "email": profile.email,
        "name": profile.name,
        "role": profile.role,
        "locale": profile.locale,
        "registered_at": timestamp(profile.registered_at),
        "password_hash": user.password_hash,
        "token_version": user.token_version,
        "rev": user.rev,
        "applied": {
            key: {
                "operation": one.operation,
                "fingerprint": one.fingerprint,
                "status": one.status,
                "at": timestamp(one.at),
                "by": one.by,
            }
            for key, one in user.applied.items()
        },
        "events": [{"at": timestamp(one.at), "what": one.what, "by": one.by} for one in user.events],
        "links": {
            key: {
                "purpose": one.purpose,
                "at": timestamp(one.at),
                "expires_at": timestamp(one.expires_at),
            }
            for key, one in user.links.items()
        },
        "outbox": to_map(user.outbox),
        "listed": profile.state,
        **{order.attribute: order.position(profile) for order in ORDERS.values()},
    }
    if profile.verified_at:
        item["verified_at"] = timestamp(profile.verified_at)
    if profile.deleted_at:
        item["deleted_at"] = timestamp(profile.deleted_at)
    return item


def to_user(item: Mapping[str, Any]) -> User:
    """The user in an item.

    :raises Damaged: there is none in it.
    """
    try:
        return _to_user(item)
    except (KeyError, ValueError, TypeError) as error:
        raise Damaged(item["pk"]["S"]) from error


def _to_user(item: Mapping[str, Any]) -> User:
    return User(
        profile=_to_profile(item),
        password_hash=item["password_hash"]["S"],
        token_version=int(item["token_version"]["N"]),
        rev=int(item["rev"]["N"]),
        applied={
            key: Applied(
                operation=one["M"]["operation"]["S"],
                fingerprint=one["M"]["fingerprint"]["S"],
                status=int(one["M"]["status"]["N"]),
                at=datetime.fromisoformat(one["M"]["at"]["S"]),
                # An earlier release did not write down whose it is.
                by=cast("Caller", one["M"]["by"]["S"] if "by" in one["M"] else "self"),
            )
            for key, one in item["applied"]["M"].items()
        },
        # Earlier releases wrote none of these down.
        events=tuple(_to_event(one["M"]) for one in item.get("events", {"L": []})["L"]),
        links={key: _to_link(one["M"]) for key, one in item.get("links", {"M": {}})["M"].items()},
        outbox=from_map(item.get("outbox", {"M": {}})["M"]),
    )


def _to_link(item: Mapping[str, Any]) -> Link:
    return Link(
        purpose=cast("Purpose", item["purpose"]["S"]),
        at=datetime.fromisoformat(item["at"]["S"]),
        expires_at=datetime.fromisoformat(item["expires_at"]["S"]),
    )


def _to_event(item: Mapping[str, Any]) -> Event:
    return Event(
        at=datetime.fromisoformat(item["at"]["S"]), what=cast("What", item["what"]["S"]), by=item["by"]["S"]
    )


def _to_profile(item: Mapping[str, Any]) -> Profile:
    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(item[name]["S"]) if name in item else None

    return Profile(
        id=item["pk"]["S"],
        email=item["email"]["S"],
        name=item["name"]["S"],
        role=cast("Role", item["role"]["S"]),
        locale=cast("Locale", item["locale"]["S"]),
        registered_at=datetime.fromisoformat(item["registered_at"]["S"]),
        verified_at=moment("verified_at"),
        deleted_at=moment("deleted_at"),
    )


def _marshal(value: Value) -> Any:
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case Sequence():
            return {"L": [_marshal(part) for part in value]}
        case _:
            return {"M": {name: _marshal(part) for name, part in value.items()}}


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
