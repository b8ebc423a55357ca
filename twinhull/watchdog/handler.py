"""Probes the peer region, says how it is, and drains it if that is safe and wished for.

It runs by itself: of this project it may import nothing.
"""

import json
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPException
from typing import Any, Literal, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session, get_session

TRIES = 3
PAUSE_SECONDS = 5.0
PROBE_SECONDS = 3.0
"""As long as CloudFront waits for the answer to a read."""

KEPT_SECONDS = 900.0
"""For how long the origin secret is not asked for again, unless the peer refuses what is known."""

NAMESPACE = "twinhull"
METRIC = "PeerRegionHealthy"
DRAIN_METRIC = "Drained"
DRAINED = "drained"

# The next run is a minute away: nothing here is worth waiting longer for.
_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})

Outcome = Literal[
    "healthy",
    "unhealthy",  # and nobody wished for more than to know
    "drained",
    "drained-before",
    "own-write-failed",  # then it may be this region that is cut off
    "store-changed",  # somebody else drained or restored at the same moment
]


@cache
def _session() -> Session:
    return get_session()


_TLS = ssl.create_default_context()
"""Made once: reading what it trusts takes longer than all else of a look."""

DRAIN_HOURS = 3
"""Each read of the key-value store is paid for."""


class LostError(Exception):
    """The peer cannot serve, and nothing but this failure tells of it."""


class UndecidedError(Exception):
    """The probe says nothing about the peer: it was refused, not failed."""


class Store(Protocol):
    """The key-value store that the edge reads."""

    def read(self) -> tuple[str, str | None]:
        """Its version, and the region that is drained."""

    def drained_region(self) -> str | None:
        """The region that is drained."""

    def drain(self, region: str, version: str) -> bool:
        """Drain a region if the store still has this version; whether it had."""


@dataclass(frozen=True, kw_only=True)
class Watchdog:
    """One look at the peer, and what follows from it.

    ``probe`` is true when the peer can serve; ``write`` is a strong write in this region and true when it
    succeeded; ``publish`` takes 1 for a healthy peer and 0 for another.
    """

    peer: str
    enforce: bool
    probe: Callable[[], bool]
    write: Callable[[], bool]
    publish: Callable[[int], None]
    store: Store
    sleep: Callable[[float], None] = time.sleep

    def look(self) -> Outcome:
        """Drain the peer only if it failed each of three times, a drain is wished for, nothing is drained
        yet, and this region itself can write.

        Nothing is ever put back: a peer that comes and goes is drained once, and people decide the rest.
        """
        if self._is_healthy():
            self.publish(1)
            return "healthy"
        self.publish(0)
        if not self.enforce:
            return "unhealthy"
        version, drained = self.store.read()
        if drained:
            return "drained-before"
        if not self.write():
            return "own-write-failed"
        return "drained" if self.store.drain(self.peer, version) else "store-changed"

    def _is_healthy(self) -> bool:
        for number in range(TRIES):
            if number:
                self.sleep(PAUSE_SECONDS)
            if self.probe():
                return True
        return False


def probe(url: str, peer: str, secret: str) -> bool:
    """Ask whether the peer can serve.

    :raises UndecidedError: it answered something that does not say.
    """
    request = urllib.request.Request(url, headers={"x-origin-verify": secret})  # noqa: S310 (set by the wiring)
    try:
        with urllib.request.urlopen(request, timeout=PROBE_SECONDS, context=_TLS) as answer:  # noqa: S310
            return bool(answer.headers["x-served-region"] == peer)
    except urllib.error.HTTPError as error:
        # A stale secret or a wrong address is no illness of the peer's.
        if error.code < 500 and error.code != 429:
            raise UndecidedError(f"the readiness check answered {error.code}") from error
        return False
    except (OSError, HTTPException):
        return False


class EdgeStore:
    """CloudFront's key-value store: each write names the version that it has seen."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def read(self) -> tuple[str, str | None]:
        """Its version, and the region that is drained."""
        version = str(self._client.describe_key_value_store(KvsARN=self._arn)["ETag"])
        return version, self.drained_region()

    def drained_region(self) -> str | None:
        """The region that is drained."""
        try:
            return self._client.get_key(KvsARN=self._arn, Key=DRAINED)["Value"] or None
        except self._client.exceptions.ResourceNotFoundException:
            return None

    def drain(self, region: str, version: str) -> bool:
        """Drain a region if the store still has this version; whether it had."""
        try:
            self._client.put_key(KvsARN=self._arn, Key=DRAINED, Value=region, IfMatch=version)
        except (self._client.exceptions.ConflictException, self._client.exceptions.ValidationException):
            return False
        return True


def write(client: Any, table: str, region: str) -> bool:
    """Write strongly in this region; whether it succeeded."""
    try:
        client.update_item(
            TableName=table,
            Key={"pk": {"S": "health"}, "sk": {"S": f"watchdog#{region}"}},
            UpdateExpression="SET #at = :now",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":now": {"S": datetime.now(UTC).isoformat()}},
        )
    except (ClientError, BotoCoreError):
        return False
    return True


def tell_of_drain(deployment: str, store: Store, now: datetime) -> None:
    """Every three hours, publish that some region is drained: people undo a drain, and forget it.

    A store that cannot be read is no reason not to look at the peer.
    """
    if now.minute or now.hour % DRAIN_HOURS:
        return
    try:
        drained = store.drained_region()
    except (ClientError, BotoCoreError):
        return
    if drained:
        _emit(DRAIN_METRIC, 1, Deployment=deployment)


def publish(deployment: str, peer: str, healthy: int) -> None:
    """Publish how the peer is."""
    _emit(METRIC, healthy, Deployment=deployment, Peer=peer)


def _emit(name: str, value: int, **dimensions: str) -> None:
    """Write a metric into the log, in the form that CloudWatch takes it from.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    metric = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": "None"}],
    }
    moment = round(time.time() * 1000)
    _say({"_aws": {"Timestamp": moment, "CloudWatchMetrics": [metric]}, **dimensions, name: value})


def settled(secret: Mapping[str, str]) -> str:
    """The value that the peer knows: of two, the one that is not to come (`next`) while it is replaced."""
    values = {key: secret[key] for key in ("a", "b") if secret.get(key)}
    known = [value for key, value in sorted(values.items()) if key != secret.get("next")]
    return (known or list(values.values()))[0]


class Origin:
    """What the peer's API answers to, kept from one call to the next."""

    def __init__(self, fetch: Callable[[], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: str | None = None
        self._asked_at = 0.0

    def probe(self, by: Callable[[str], bool]) -> bool:
        """Probe with the value that is known, and once more with the newest if an older one is refused."""
        if self._known is not None and self._clock() - self._asked_at < KEPT_SECONDS:
            try:
                return by(self._known)
            except UndecidedError:
                pass
        self._known, self._asked_at = self._fetch(), self._clock()
        return by(self._known)


_origins: dict[str, Origin] = {}


def fetch(name: str) -> str:
    """The value of the origin secret that the peer knows."""
    client: Any = _session().create_client("secretsmanager", config=_CONFIG)
    return settled(json.loads(client.get_secret_value(SecretId=name)["SecretString"]))


def handler(event: object, context: object) -> dict[str, str]:  # noqa: ARG001
    """Look once; `{"peer", "outcome"}`.

    :raises LostError: the peer cannot serve, and that is how it is told.
    """
    environment = os.environ
    peer = environment["PEER_REGION"]
    region = environment["AWS_REGION"]
    name = environment["ORIGIN_SECRET"]
    origin = _origins.setdefault(name, Origin(lambda: fetch(name)))
    table = environment["TABLE_NAME"]
    store = EdgeStore(
        _session().create_client("cloudfront-keyvaluestore", config=_CONFIG), environment["KEY_VALUE_STORE"]
    )
    deployment, publishes = environment["DEPLOYMENT"], environment["TELLS_BY"] == "metric"
    if publishes:
        tell_of_drain(deployment, store, datetime.now(UTC))
    outcome = Watchdog(
        peer=peer,
        enforce=environment["MODE"] == "enforce",
        probe=lambda: origin.probe(lambda secret: probe(environment["PEER_URL"], peer, secret)),
        write=lambda: write(_session().create_client("dynamodb", config=_CONFIG), table, region),
        publish=lambda healthy: publish(deployment, peer, healthy) if publishes else None,
        store=store,
    ).look()
    found = {"peer": peer, "outcome": outcome}
    _say(found)
    if outcome != "healthy" and not publishes:
        raise LostError(f"{peer}: {outcome}")
    return found


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201 (the log)
