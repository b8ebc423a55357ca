"""When something has to be done about an item: the keys of the sparse index `due`.

Whoever writes an item writes them too, from the item as it becomes. The index is only a hint: what is done is
decided by the item itself.
"""

from datetime import datetime
from typing import Final
from zlib import crc32

from notices.times import timestamp

INDEX: Final = "due"
SHARD: Final = "due_shard"
AT: Final = "due_at"

#: Partitions of the index for each region; one takes about 1 000 writes a second.
SHARDS: Final = 4


def shards(region: str) -> list[str]:
    """The partitions with what was last written in a region."""
    return [f"{region}#{number}" for number in range(SHARDS)]


def hint(region: str, pk: str, *moments: datetime | None) -> dict[str, str]:
    """The index's keys of an item that is written in this region: the earliest of its duties, if it has any.

    >>> from datetime import UTC
    >>> hint("us-east-1", "usr_1", None, datetime(2026, 11, 23, tzinfo=UTC))
    {'due_shard': 'us-east-1#3', 'due_at': '2026-11-23T00:00:00.000Z'}
    >>> hint("us-east-1", "usr_1", None)
    {}
    """
    duties = [moment for moment in moments if moment]
    if not duties:
        return {}
    return {SHARD: shards(region)[crc32(pk.encode()) % SHARDS], AT: timestamp(min(duties))}
