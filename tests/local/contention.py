"""Many register one address at once, in both regions: what became of it."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import boto3
from boto3.dynamodb.conditions import Attr

from tests.cloud import Cloud
from tests.local.people import log_in

SETTLED = 4.0
"""Seconds after which a write has reached the other region, whatever the table's consistency."""

TRIES = 3
"""A busy machine keeps calls waiting beyond their budget: 503, and clients repeat with the same key."""


@dataclass(frozen=True)
class Report:
    """What was answered, and what of it is still true afterwards."""

    statuses: Mapping[int, int]
    created: int
    """Callers who were told that the account is theirs."""
    working: int
    """Those of them who can log in, in every region."""
    items: int

    @property
    def faults(self) -> list[str]:
        """In which ways "one account per address" is not true."""
        found = []
        if self.created != 1:
            found.append(f"{self.created} callers were told that the account is theirs")
        if self.working != self.created:
            found.append(f"{self.created - self.working} accounts that were acknowledged are lost")
        if self.items != 1:
            found.append(f"there are {self.items} items")
        if other := {status: count for status, count in self.statuses.items() if status not in {201, 409}}:
            found.append(f"answers besides 201 and 409: {other}")
        return found


def report_of(cloud: Cloud, *, attempts: int) -> Report:
    """Register a new address `attempts` times at once, half through each region, with a password each."""
    email = f"{uuid.uuid4().hex[:12]}@example.net"
    passwords = [uuid.uuid4().hex for _ in range(attempts)]
    answered = asyncio.run(_register_at_once(cloud.config["origins"], email, passwords))
    created = [password for password, status in answered if status == 201]
    asyncio.run(asyncio.sleep(SETTLED))
    working = [
        password
        for password in created
        if all(log_in(origin, email, password).status == 201 for origin in cloud.origins.values())
    ]
    return Report(
        statuses=Counter(status for _, status in answered),
        created=len(created),
        working=len(working),
        items=_items_of(cloud.config["table"], email),
    )


async def _register_at_once(
    origins: Mapping[str, Any], email: str, passwords: list[str]
) -> list[tuple[str, int]]:
    regions = list(origins.values())
    start = asyncio.Event()

    async def register(session: aiohttp.ClientSession, place: int, password: str) -> tuple[str, int]:
        origin = regions[place % len(regions)]
        headers = {**origin["headers"], "idempotency-key": uuid.uuid4().hex}
        await start.wait()
        for _ in range(TRIES):
            async with session.post(
                f"{origin['url']}/api/v1/users",
                json={"email": email, "password": password, "name": "One Of Many"},
                headers=headers,
            ) as answer:
                await answer.read()
            if answer.status != 503:
                break
        return password, answer.status

    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        calls = [
            asyncio.create_task(register(session, place, password))
            for place, password in enumerate(passwords)
        ]
        await asyncio.sleep(0)
        start.set()
        return list(await asyncio.gather(*calls))


def _items_of(table: Mapping[str, str], email: str) -> int:
    resource = boto3.resource(
        "dynamodb",
        region_name=table["region"],
        endpoint_url=table["endpoint"],
        aws_access_key_id=table["access_key"],
        aws_secret_access_key=table["secret_key"],
    )
    found = resource.Table(table["name"]).scan(FilterExpression=Attr("email").eq(email), ConsistentRead=True)
    assert "LastEvaluatedKey" not in found
    return int(found["Count"])
