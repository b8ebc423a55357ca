"""Where users are kept: the interface, and DynamoDB behind it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from notices.items import from_map, to_map
from notices.model import first_due
from users.items import Items, Kind, Value
from users.listing import ORDERS, Listing, holder
from users.model import (
    RESTORABLE,
    Applied,
    Caller,
    Document,
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
    from mypy_boto3_dynamodb import DynamoDBClient

    from notices.courier import Courier


class Store(Protocol):
    """Each method raises ``Refusal("unavailable")`` when the store cannot answer."""

    def get(self, user_id: str) -> User | None:
        """The user, read strongly."""

    def create(self, user: User) -> None:
        """Write a user who is not there yet, else ``Conflict``."""

    def replace(self, seen: User, becomes: User, key: str) -> None:
        """Write over exactly what was seen, and only if ``key`` was not applied since, else ``Conflict``."""

    def remove(self, seen: User) -> None:
        """Remove exactly what was seen, else ``Conflict``."""

    def page(self, listing: Listing, limit: int, after: str | None) -> Page:
        """Users in the order of a list, after a position (eventually consistent)."""


class DynamoStore(Items[User]):
    """Users as items of the main table."""

    def __init__(self, client: "DynamoDBClient", table_name: str, courier: "Courier | None" = None) -> None:
        super().__init__(client, table_name, KIND, courier)

    def page(self, listing: Listing, limit: int, after: str | None) -> Page:
        order = listing.order
        query: dict[str, Any] = {
            "IndexName": order.index,
            "KeyConditionExpression": "listed = :state",
            "ExpressionAttributeValues": {":state": {"S": listing.state}},
            "ScanIndexForward": order.ascending,
        }
        if listing.prefix:
            query["KeyConditionExpression"] = f"listed = :state AND begins_with({order.attribute}, :start)"
            query["ExpressionAttributeValues"] = {
                ":state": {"S": listing.state},
                ":start": {"S": listing.prefix},
            }
        if after:
            query["ExclusiveStartKey"] = {
                **KIND.key(holder(after)),
                "listed": {"S": listing.state},
                order.attribute: {"S": after},
            }
        found, more = self._query(query, limit)
        profiles = tuple(_to_profile(item) for item in found)
        return Page(profiles=profiles, more=order.position(profiles[-1]) if more else None)


def _duties(user: User) -> Iterator[datetime | None]:
    deleted_at = user.profile.deleted_at
    yield first_due(user.outbox)
    yield deleted_at + RESTORABLE if deleted_at else None


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
    if profile.document:
        item["document"] = {"id": profile.document.id, "at": timestamp(profile.document.at)}
    moments = {
        "verified_at": profile.verified_at,
        "deleted_at": profile.deleted_at,
        "bounced_at": user.bounced_at,
        "complained_at": user.complained_at,
    }
    return item | {name: timestamp(moment) for name, moment in moments.items() if moment}


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
        bounced_at=_moment(item, "bounced_at"),
        complained_at=_moment(item, "complained_at"),
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


def _to_document(item: Mapping[str, Any]) -> Document:
    return Document(id=item["id"]["S"], at=datetime.fromisoformat(item["at"]["S"]))


def _moment(item: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]["S"]) if name in item else None


def _to_profile(item: Mapping[str, Any]) -> Profile:
    return Profile(
        id=item["pk"]["S"],
        email=item["email"]["S"],
        name=item["name"]["S"],
        role=cast("Role", item["role"]["S"]),
        locale=cast("Locale", item["locale"]["S"]),
        registered_at=datetime.fromisoformat(item["registered_at"]["S"]),
        verified_at=_moment(item, "verified_at"),
        deleted_at=_moment(item, "deleted_at"),
        document=_to_document(item["document"]["M"]) if "document" in item else None,
    )


KIND: Final = Kind(sk="user", to_item=_to_item, from_item=_to_user, duties=_duties)
