"""The store in memory, under the same conditions as the table: for tests."""

from datetime import datetime
from threading import Lock

from users.model import Page, State, User, registered_key
from users.store import Conflict
from users.throttles import Failures


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

    def page(self, state: State, limit: int, after: str | None) -> Page:
        with self._lock:
            profiles = [user.profile for user in self._users.values() if user.profile.state == state]
        ordered = sorted(profiles, key=registered_key, reverse=True)
        rest = [one for one in ordered if after is None or registered_key(one) < after]
        more = registered_key(rest[limit - 1]) if len(rest) > limit else None
        return Page(profiles=tuple(rest[:limit]), more=more)


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
