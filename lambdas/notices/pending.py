"""What waits, for those who operate the deployment."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from notices.due import shards
from notices.sweep import Row

#: Further ahead there are only accounts that can still be restored.
HORIZON: Final = timedelta(days=2)


class WholeIndex(Protocol):
    """The index `due`, page after page."""

    def all_rows(self, shard: str, before: datetime) -> Iterator[Row]:
        """Every item of a shard that is due before a moment (eventually consistent)."""


def pending(index: WholeIndex, regions: Sequence[str], now: datetime) -> dict[str, int]:
    """How many notices are not sent, uploads not finished, and items whose time has come.

    What each region wrote last is counted, so either region knows all.
    """
    counts = {"notices": 0, "uploads": 0, "due": 0}
    for shard in (shard for region in regions for shard in shards(region)):
        for row in index.all_rows(shard, now + HORIZON):
            counts["notices"] += len(row.outbox)
            counts["uploads"] += row.state in ("waiting", "working")
            counts["due"] += row.due_at <= now
    return counts
