"""Stores in memory, under the same conditions as the table and the buckets: for tests."""

from collections.abc import Iterator
from itertools import count
from threading import Lock
from typing import Generic, TypeVar

from files.leftovers import Leftover
from files.model import Page, Upload, holder
from files.objects import Away, Found
from files.store import position
from users.items import Conflict, Kept

T = TypeVar("T", bound=Kept)


class _MemoryItems(Generic[T]):
    """Keeps things in a dictionary; safe to share between threads."""

    def __init__(self) -> None:
        self.kept: dict[str, T] = {}
        self._lock = Lock()

    def get(self, id: str) -> T | None:
        with self._lock:
            return self.kept.get(id)

    def create(self, thing: T) -> None:
        with self._lock:
            if thing.id in self.kept:
                raise Conflict(self.kept[thing.id])
            self.kept[thing.id] = thing

    def replace(self, seen: T, becomes: T, key: str = "") -> None:  # noqa: ARG002 -- none is kept
        with self._lock:
            found = self.kept.get(seen.id)
            if found is None or found.rev != seen.rev:
                raise Conflict(found)
            self.kept[seen.id] = becomes

    def remove(self, seen: T) -> None:
        with self._lock:
            found = self.kept.get(seen.id)
            if found is None or found.rev != seen.rev:
                raise Conflict(found)
            del self.kept[seen.id]


class MemoryLeftovers(_MemoryItems[Leftover]):
    """Leftovers in a dictionary."""


class MemoryStore(_MemoryItems[Upload]):
    """Uploads in a dictionary."""

    @property
    def uploads(self) -> dict[str, Upload]:
        return self.kept

    def page(self, owner: str | None, limit: int, after: str | None) -> Page:
        with self._lock:
            listed = sorted(
                (one for one in self.kept.values() if owner in (None, one.owner)),
                key=position,
                reverse=True,
            )
        left = [one for one in listed if after is None or position(one) < after]
        shown = tuple(left[:limit])
        return Page(uploads=shown, more=position(shown[-1]) if len(left) > limit else None)


class MemoryBuckets:
    """Both regions' buckets: (region, key) → the versions there, the oldest first; ``lost`` do not answer."""

    def __init__(self, *regions: str) -> None:
        self.regions = regions
        self.lost: set[str] = set()
        self.versions: dict[tuple[str, str], dict[str, bytes]] = {}
        self._numbers = count(1)

    def put(self, region: str, key: str, content: bytes, *, replicated: bool = True) -> str:
        """Write a version of an object, as a form does, and what replication makes of it."""
        version = f"v{next(self._numbers)}"
        for here in self.regions if replicated else (region,):
            self.versions.setdefault((here, key), {})[version] = content
        return version

    def seen_from(self, region: str) -> "MemoryObjects":
        """The objects for a function of this region."""
        return MemoryObjects(self, region)


class MemoryObjects:
    """Objects in a dictionary."""

    def __init__(self, buckets: MemoryBuckets, region: str) -> None:
        self._buckets = buckets
        self._region = region

    def look(self, key: str, version: str | None = None) -> Found | None:
        versions = self._buckets.versions.get((self._region, key), {})
        name = version or next(reversed(versions), None)
        return Found(version=name, size=len(versions[name])) if name in versions else None

    def read(self, key: str, version: str) -> bytes:
        return self._buckets.versions[self._region, key][version]

    def remove(self, key: str, version: str) -> None:
        for region in self._regions():
            self._buckets.versions.get((region, key), {}).pop(version, None)

    def is_anywhere(self, id: str) -> bool:
        return any(
            holder(key) == id
            for one in self._regions()
            for (region, key), found in self._buckets.versions.items()
            if found and region == one
        )

    def purge(self, id: str, spare: str | None = None) -> None:
        for region in self._regions():
            for place in [one for one in self._buckets.versions if one[0] == region and holder(one[1]) == id]:
                found = self._buckets.versions.pop(place)
                if spare in found:
                    self._buckets.versions[place] = {spare: found[spare]}

    def _regions(self) -> Iterator[str]:
        """This region and then the others, as far as they answer."""
        for region in sorted(self._buckets.regions, key=lambda one: one != self._region):
            if region in self._buckets.lost:
                raise Away
            yield region
