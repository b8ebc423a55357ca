"""Both regions while the keys are rotated: they sign and verify by what they have heard of the secret."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from tests.lambdas.builders import START, Clock, any_user
from tests.lambdas.fakes import asking
from users.model import User
from web.cached_secret import CachedSecret
from web.cursors import Cursors
from web.keys import Fingerprints, Keys, LinkTokens
from web.purposes import LIFETIMES
from web.session import Sessions

YOUNG = timedelta(minutes=12)
SECOND = timedelta(seconds=1)


class Hull:
    """A warm function of one region, whose copy of the secret is as old as the replication is late."""

    def __init__(self, world: "World", lag: timedelta, user: User) -> None:
        self._world = world
        self._lag = lag
        secret = CachedSecret(self, "any", lambda: world.clock.now.timestamp())  # type: ignore[arg-type]
        keys = Keys(secret, world.clock)
        self.sessions = Sessions(keys, {user.id: user}.get, world.clock)
        self.cursors = Cursors(keys)
        self.fingerprints = Fingerprints(keys)
        self.links = LinkTokens(keys)

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
        """What Secrets Manager answers in this region."""
        heard = [value for at, value in self._world.written if at <= self._world.clock.now - self._lag]
        return {"SecretString": json.dumps(heard[-1])}


@dataclass(frozen=True, order=True)
class Promise:
    """Something signed, until when and from when it counts, and how to see that it does."""

    until: datetime
    since: datetime
    holds: Callable[[Hull], bool] = field(compare=False)


class World:
    """A secret with a history, and functions in both regions that were started at different times."""

    def __init__(self, lag: timedelta) -> None:
        self.clock = Clock()
        self._lag = lag
        self.value: Mapping[str, Any] = {"sign": "a", "a": "x" * 64}
        self.written: list[tuple[datetime, Mapping[str, Any]]] = [(START - timedelta(days=1), self.value)]
        self.verified = 0
        self._user = any_user()
        self._promises: list[Promise] = []
        self._hulls = [Hull(self, each, self._user) for each in (timedelta(), timedelta(), lag, lag)]
        for hull in self._hulls[::2]:  # the others ask for the secret at other times
            hull.links.kid()
        self.clock.advance(seconds=130)

    def write(self, value: Mapping[str, Any]) -> None:
        """Another version of the secret."""
        self.value = value
        self.written.append((self.clock.now, value))

    def sign_everywhere(self) -> None:
        """Each function signs one of each kind, among them one in each region that was only just started."""
        self._hulls[4:] = [Hull(self, lag, self._user) for lag in (timedelta(), self._lag)]
        for hull in self._hulls:
            for purpose, holds in {
                "session": self._session(hull),
                "cursor": self._cursor(hull),
                "fingerprint": self._fingerprint(hull),
                "link": self._link(hull),
            }.items():
                until = self.clock.now + LIFETIMES[purpose]  # type: ignore[index]
                heappush(self._promises, Promise(until, self.clock.now, holds))

    def verify_everywhere(self) -> None:
        """Each function accepts what was signed just now, and what is in its last second."""
        now = self.clock.now
        while self._promises and self._promises[0].until <= now:
            heappop(self._promises)
        for promise in self._promises:
            if now - promise.since < YOUNG or promise.until - now <= SECOND:
                for hull in self._hulls:
                    assert promise.holds(hull), (now, promise, self.value)
                    self.verified += 1

    def advance_to_the_end_of_a_promise_or(self, time: datetime) -> None:
        """The next moment at which something is to be done or seen."""
        ends = (one.until - SECOND for one in self._promises)
        self.clock.now = min(end for end in (*ends, time) if end > self.clock.now)

    def _session(self, by: Hull) -> Callable[[Hull], bool]:
        request = asking({"authorization": f"Bearer {by.sessions.issue(self._user).token}"})
        return lambda hull: hull.sessions.read(request) is not None

    def _cursor(self, by: Hull) -> Callable[[Hull], bool]:
        cursor = by.cursors.write("any", {})
        return lambda hull: hull.cursors.read(cursor, {}) == "any"

    def _fingerprint(self, by: Hull) -> Callable[[Hull], bool]:
        signature = by.fingerprints.sign(b"any")
        return lambda hull: hull.fingerprints.verify(b"any", signature)

    def _link(self, by: Hull) -> Callable[[Hull], bool]:
        kid = by.links.kid()
        token = by.links.make(self._user.id, "any", kid)
        return lambda hull: hull.links.make(self._user.id, "any", kid) == token
