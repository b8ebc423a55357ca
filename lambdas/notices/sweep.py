"""Doing what is due: each minute, in each region, a bounded part of it.

A sweep only puts notices back into the queue and calls those who know a kind of item; both decide by the item
itself. A region does its own duties after a minute, and those of its peer, which may be gone, after five.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from notices.courier import Courier, Reference
from notices.due import shards
from notices.model import Outbox
from telemetry.metrics import measure

OWN: Final = timedelta(minutes=1)
PEERS: Final = timedelta(minutes=5)

#: For how long what a sweep took on is left to those who do it, before the next sweep takes it on again.
PAUSE: Final = timedelta(minutes=5)

#: Items of one shard in one sweep.
AT_ONCE: Final = 100


@dataclass(frozen=True, kw_only=True)
class Row:
    """An item as the index shows it."""

    pk: str
    sk: str
    shard: str
    due_at: datetime
    outbox: Outbox
    state: str = ""


class DueIndex(Protocol):
    """Each method raises when the table cannot answer."""

    def rows(self, shard: str, before: datetime, limit: int) -> Sequence[Row]:
        """Items of a shard that are due, the first due first (eventually consistent)."""

    def postpone(self, row: Row, until: datetime) -> bool:
        """Have the item due later, unless it was written meanwhile; whether that is so."""


class Later(Exception):  # noqa: N818
    """Something cannot be done before the other region is back; it stays due, and nobody has failed."""


#: Does what is due about an item of one kind, by its partition key, if the item itself says so. It may be
#: asked in vain, twice at once, and again after it was interrupted.
Duty = Callable[[str], object]

#: When something had to be done about an item of one kind, by its partition key, as the item itself says.
Since = Callable[[str], datetime | None]


@dataclass(frozen=True, kw_only=True)
class Sweeper:
    """What a sweep works with; ``duties`` and ``since`` by the sort key of the items that they are about."""

    index: DueIndex
    courier: Courier
    duties: Mapping[str, Duty]
    since: Mapping[str, Since]
    region: str
    peer: str
    now: Callable[[], datetime]
    report: Callable[[Exception], None]

    def sweep(self, is_over: Callable[[], bool] = lambda: False) -> Counter[str]:
        """Do what is due until ``is_over``; how many items, notices, failures and delays there were."""
        done: Counter[str] = Counter(items=0, notices=0, later=0, failures=0)
        now = self.now()
        for row in self._due(now, done):
            if is_over():
                break
            done["items"] += 1
            self._attempt(partial(self._measure, row, now), done)
            self._attempt(partial(self._do, row, now, done), done)
            # Also after a failure: what fails must not stand in the way of all that is due after it.
            self._attempt(partial(self.index.postpone, row, now + PAUSE), done)
        return done

    def _attempt(self, do: Callable[[], object], done: Counter[str]) -> None:
        try:
            do()
        except Later:
            done["later"] += 1
        except Exception as fault:
            done["failures"] += 1
            self.report(fault)

    def _due(self, now: datetime, done: Counter[str]) -> Iterator[Row]:
        for region, patience in ((self.region, OWN), (self.peer, PEERS)):
            for shard in shards(region):
                try:
                    rows = self.index.rows(shard, now - patience, AT_ONCE)
                except Exception as fault:
                    done["failures"] += 1
                    self.report(fault)
                    continue
                yield from rows

    def _measure(self, row: Row, now: datetime) -> None:
        # The index forgets how late something is as soon as a sweep has postponed it.
        if since := self.since[row.sk](row.pk):
            measure("DueOverdueSeconds", (now - since).total_seconds())

    def _do(self, row: Row, now: datetime, done: Counter[str]) -> None:
        waiting = [notice for notice in row.outbox.values() if notice.due_at <= now]
        for notice in waiting:
            if self.courier.send(Reference(pk=row.pk, sk=row.sk, notice=notice.id)):
                done["notices"] += 1
        if row.sk in self.duties:
            self.duties[row.sk](row.pk)
