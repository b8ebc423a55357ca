"""What a page of each list of users reads, of 1 000 users and of 100 000."""

import math
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import boto3
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from users.items import marshal
from users.listing import ORDERS, Listing
from users.model import Profile, Sort, User, user_id
from users.store import KIND, DynamoStore

REGION = "us-east-1"
START = datetime(2026, 1, 1, tzinfo=UTC)
LISTS: tuple[tuple[Sort, str], ...] = (
    ("-registered_at", ""),
    ("name", ""),
    ("email", ""),
    ("name", "04"),
    ("email", "04"),
)


class Meter:
    """What queries have read: DynamoDB charges the items that it looks at, whether or not it returns them.

    A read unit of an eventually consistent read is 8 KB; half of them are counted, by 4 KB.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    """

    def __init__(self) -> None:
        self.queries = self.looked_at = self.halves = 0

    def __call__(self, parsed: dict[str, Any], **_: Any) -> None:
        self.queries += 1
        self.looked_at += parsed["ScannedCount"]
        size = sum(
            len(name.encode()) + len(str(next(iter(value.values()))).encode())
            for item in parsed["Items"]
            for name, value in item.items()
        )
        each = size / max(len(parsed["Items"]), 1)
        self.halves += math.ceil(each * parsed["ScannedCount"] / 4096)

    @property
    def total(self) -> tuple[int, int, int]:
        """Queries, items looked at, halves of read units."""
        return self.queries, self.looked_at, self.halves


def crowd(table_name: str, size: int) -> tuple[Any, DynamoStore]:
    """A table with so many users, every other one deleted, as the store writes them.

    They are put past the API of moto, which checks each request and would take minutes.
    """
    client = boto3.client("dynamodb", region_name=REGION)
    keys = [order.attribute for order in ORDERS.values()]
    client.create_table(
        TableName=table_name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "listed", *keys)
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": order.index,
                "KeySchema": [
                    {"AttributeName": "listed", "KeyType": "HASH"},
                    {"AttributeName": order.attribute, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for order in ORDERS.values()
        ],
    )
    table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[table_name]
    for number in range(size):
        table.put_item({key: marshal(value) for key, value in KIND.to_item(_user(number)).items()})
    return client, DynamoStore(client, table_name)


def _user(number: int) -> User:
    email = f"{number % 50:02}-{number:06}@example.com"
    registered_at = START + timedelta(seconds=number)
    return User(
        profile=Profile(
            id=user_id(UUID(int=0), email),
            email=email,
            name=f"{number % 50:02} {number:06}",
            role="user",
            locale="en",
            registered_at=registered_at,
            deleted_at=registered_at if number % 2 else None,
        ),
        password_hash="",
        token_version=1,
        rev=1,
        applied={},
    )


def costs(client: Any, store: DynamoStore) -> dict[tuple[Sort, str], tuple[int, int, int]]:
    """List → what its first page of two users and the next one cost together (see `Meter.total`)."""
    found = {}
    for sort, start in LISTS:
        meter = Meter()
        client.meta.events.register("after-call.dynamodb.Query", meter)
        listing = Listing(sort=sort, start=start)
        store.page(listing, 2, store.page(listing, 2, None).more)
        client.meta.events.unregister("after-call.dynamodb.Query", meter)
        found[sort, start] = meter.total
    return found


def main() -> None:
    """Print the table."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
    print("two pages of two users: queries, items looked at, halves of read units")
    with mock_aws():
        sizes = (1_000, 100_000)
        tables = [costs(*crowd(f"of-{size}", size)) for size in sizes]
    for sort, start in LISTS:
        of_each = "   ".join(
            f"{size:>7} users: {'{:>2} {:>3} {:>3}'.format(*table[sort, start])}"
            for size, table in zip(sizes, tables, strict=True)
        )
        print(f"{sort:<15} {start or '-':<3} {of_each}")


if __name__ == "__main__":
    main()
