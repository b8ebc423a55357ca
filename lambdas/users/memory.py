"""The store in memory, under the same conditions as the table: for tests."""

from collections.abc import Iterable
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

from users.earlier import EarlierPage
from users.items import Conflict, Kept
from users.listing import Listing
from users.model import Page, User
from users.throttles import Failures

T = TypeVar("T", bound=Kept)


class MemoryStore:
    """Keeps users in a dictionary; safe to share between threads."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._lock = Lock()

    def get(self, user_id: str) -> User | None:
        with self._lock:
            return self._users.get(user_id)

    def create(self, user: User) -> None:
        with self._lock:
            if user.id in self._users:
                raise Conflict(self._users[user.id])
            self._users[user.id] = user

    def replace(self, seen: User, becomes: User, key: str) -> None:
        with self._lock:
            found = self._users.get(seen.id)
            if found is None or found.rev != seen.rev:
                raise Conflict(found)
            if key and key in found.applied and key not in seen.applied:
                raise Conflict(found)
            self._users[seen.id] = becomes

    def remove(self, seen: User) -> None:
        with self._lock:
            found = self._users.get(seen.id)
            if found is None or found.rev != seen.rev:
                raise Conflict(found)
            del self._users[seen.id]

    def page(self, listing: Listing, limit: int, after: str | None) -> Page:
        order = listing.order
        with self._lock:
            placed = {order.position(user.profile): user.profile for user in self._users.values()}
        positions = sorted(
            (
                position
                for position, one in placed.items()
                if one.state == listing.state and position.startswith(listing.prefix)
            ),
            reverse=not order.ascending,
        )
        if after:
            positions = [one for one in positions if (one > after if order.ascending else one < after)]
        shown = positions[:limit]
        more = shown[-1] if len(positions) > limit else None
        return Page(profiles=tuple(placed[one] for one in shown), more=more)


class MemoryEarlier(Generic[T]):
    """Things as they were, in a dictionary."""

    def __init__(self, things: Iterable[T]) -> None:
        self._things = {thing.id: thing for thing in things}

    def page(self, limit: int, after: str | None) -> EarlierPage[T]:
        ids = sorted(id for id in self._things if after is None or id > after)
        shown = ids[:limit]
        return EarlierPage(
            things=tuple(self._things[id] for id in shown),
            more=shown[-1] if len(ids) > limit else None,
        )

    def get(self, id: str) -> T | None:
        return self._things.get(id)


class MemoryThrottles:
    """Counts in a dictionary; safe to share between threads."""

    def __init__(self) -> None:
        self.failures: dict[str, Failures] = {}
        self._lock = Lock()

    def get(self, user_id: str, now: datetime) -> Failures | None:  # noqa: ARG002 -- nothing expires
        with self._lock:
            return self.failures.get(user_id)

    def put(self, user_id: str, seen: Failures | None, becomes: Failures) -> bool:
        with self._lock:
            if self.failures.get(user_id) != seen:
                return False
            self.failures[user_id] = becomes
            return True

    def forget(self, user_id: str) -> None:
        with self._lock:
            self.failures.pop(user_id, None)
