"""What every page of every list of users costs, of 100 users and of 100 000, and walks while others register.

The users are put through the store; what answers it is `benchmarks/engine.py`, with the indexes of the
synthesized template.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, product
from pathlib import Path
from typing import Any, Final, get_args
from uuid import UUID

import boto3

from benchmarks.engine import Table, template
from users.listing import Listing
from users.model import Profile, Sort, State, User, user_id
from users.store import DynamoStore, Store

ROOT: Final = Path(__file__).resolve().parent.parent
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
STATES: Final[tuple[State, ...]] = get_args(State)
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)

#: Every list with the size of its pages: all users of a state in each order, and searches.
LISTS: Final = (
    *((Listing(sort=sort, state=state), 25) for sort, state in product(SORTS, STATES)),
    *((Listing(sort=sort, start="04"), 1) for sort in SORTS if sort != "-registered_at"),
)


@dataclass(frozen=True, order=True)
class Cost:
    """Of one page: queries, entries of the index that were read, and read units."""

    queries: int
    entries: int
    units: float


def crowd(definition: Mapping[str, Any], size: int) -> tuple[Any, DynamoStore]:
    """A store with so many users, every other one deleted; each is put through `DynamoStore.create`."""
    client = boto3.client(
        "dynamodb", region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
    )
    Table(definition).answer(client)
    store = DynamoStore(client, "users")
    for number in range(size):
        store.create(_user(number))
    return client, store


def costs(client: Any, store: DynamoStore, listing: Listing, limit: int) -> Counter[Cost]:
    """Read a list to its end: cost → how many pages cost that."""
    found: Counter[Cost] = Counter()
    queries: list[Mapping[str, Any]] = []

    def note(parsed: Mapping[str, Any], **_: Any) -> None:
        queries.append(parsed)

    client.meta.events.register("after-call.dynamodb.Query", note)
    for _ in pages(store, listing, limit):
        found[
            Cost(
                len(queries),
                sum(one["ScannedCount"] for one in queries),
                sum(one["ConsumedCapacity"]["CapacityUnits"] for one in queries),
            )
        ] += 1
        queries.clear()
    client.meta.events.unregister("after-call.dynamodb.Query", note)
    return found


def pages(store: Store, listing: Listing, limit: int) -> Iterator[tuple[Profile, ...]]:
    """The pages of a list, one after the other."""
    after: str | None = None
    while True:
        page = store.page(listing, limit, after)
        yield page.profiles
        if (after := page.more) is None:
            return


def walk(store: Store, listing: Listing, limit: int, first: int) -> tuple[Counter[str], int]:
    """Visits by id, and how many have registered meanwhile: at either end and amid the others.

    :param first: the number of the first who registers.
    """
    numbers = count(first)
    seen: Counter[str] = Counter()
    for page in pages(store, listing, limit):
        seen.update(one.id for one in page)
        for prefix in ("\t", "25", "~"):
            store.create(_user(next(numbers), prefix))
    return seen, next(numbers) - first


def _user(number: int, prefix: str = "") -> User:
    """Every other one is deleted; addresses and names are in another order than registrations."""
    email = f"{prefix or f'{number % 50:02}'}-{number:08}@example.com"
    registered_at = START + timedelta(seconds=number)
    return User(
        profile=Profile(
            id=user_id(UUID(int=0), email),
            email=email,
            name=f"{prefix or f'{number % 50:02}'} {number:08}",
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


def _summary(size: int, found: Counter[Cost]) -> str:
    entries, units = ({getattr(cost, name) for cost in found} for name in ("entries", "units"))
    each = "  ".join("/".join(map(str, sorted(one))) for one in (entries, units))
    return f"  {size:>6} users: {found.total():>4}  {each}"


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CDK_OUTDIR": folder, "CDK_VALIDATION": "false"}
        subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, check=True, capture_output=True)
        definition = template(Path(folder), "-users")
    sizes = (100, 100_000)
    crowds = [crowd(definition, size) for size in sizes]
    print("every page of each list: pages, entries of the index read for one, read units of one")
    for listing, limit in LISTS:
        found = [costs(client, store, listing, limit) for client, store in crowds]
        print(f"{listing.sort:<14} {listing.state:<7} {listing.start:<2}", *map(_summary, sizes, found))
    (_, store), size = crowds[1], sizes[1]
    first = size
    for sort in SORTS:
        listing = Listing(sort=sort)
        there = [one.id for page in pages(store, listing, 100) for one in page]
        seen, registered = walk(store, listing, 25, first)
        first += registered
        once = sum(seen[one] == 1 for one in there)
        print(f"walk by {sort:<14} {once} of {len(there)} visited exactly once while {registered} registered")


if __name__ == "__main__":
    main()
