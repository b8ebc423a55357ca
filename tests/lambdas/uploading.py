"""What people send, through the function."""

from typing import Any

from files.memory import MemoryBuckets, MemoryLeftovers
from files.model import object_key
from files.take_in import Desk, take_in
from tests.lambdas.api import PEER, REGION, Api, Person, Reply
from tests.lambdas.builders import NAMESPACE
from tests.lambdas.files import PDF
from users.change import Realm
from users.store import DynamoStore as Users

ASKED = {"kind": "document", "filename": "passport.pdf", "content_type": "application/pdf", "size": len(PDF)}


def ask(api: Api, person: Person, *, key: str | None = None, **fields: Any) -> Reply:
    return api("POST", "/uploads", {**ASKED, **fields}, by=person, key=key)


def taken_in(api: Api, id: str, content: bytes = PDF, *, region: str = REGION) -> MemoryBuckets:
    """Let a file arrive and be taken in, with buckets in memory."""
    services = api.modules["uploads"].handler._services
    client = services.store._client
    buckets = MemoryBuckets(REGION, PEER)
    key = object_key(region, id)
    desk = Desk(
        region=region,
        regions=(REGION, PEER),
        store=services.store,
        leftovers=MemoryLeftovers(),
        objects=buckets.seen_from(region),
        users=Realm(store=Users(client, "users"), namespace=NAMESPACE),
    )
    take_in(desk, key, buckets.put(region, key, content))
    return buckets
