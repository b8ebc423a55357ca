"""Replicas as S3 makes them: a while later, with the version of their source, and told of like any arrival.

MiniStack makes them at once, gives each a version of its own and tells nobody. It also leaves the version out
of what it tells EventBridge. Here a replica waits while either region is down, is made when both are up
again, in the order in which their sources came, and never of a version that was deleted meanwhile.
"""

import copy
import json
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import eventbridge, s3

from local.emulator.later import Later
from local.emulator.regions import Regions

#: Seconds between two looks at whether a region is back.
POLL: Final = 0.2

_version: ContextVar[str | None] = ContextVar("version", default=None)

_replicate = s3._maybe_replicate
_fire = s3._fire_s3_event
_dispatch = eventbridge._dispatch_event
_new_uuid = s3.new_uuid


def _with_version(version: str | None, do: Any, *arguments: Any, **named: Any) -> Any:
    token = _version.set(version)
    try:
        return do(*arguments, **named)
    finally:
        _version.reset(token)


@dataclass(frozen=True, kw_only=True)
class _Copy:
    """A source that is to be copied, and what was in it: MiniStack keeps a content on disk alone, later.

    It has its version once the request that wrote it has gone on.
    """

    account: str
    region: str
    bucket: str
    key: str
    source: dict[str, Any]
    written: dict[str, Any]
    data: Any
    tags: dict[str, str] | None
    destination: str

    @property
    def regions(self) -> set[str]:
        return {str(s3._notification_bucket_region(one)) for one in (self.bucket, self.destination)}

    def make(self) -> None:
        """Copy it, unless it is gone."""
        with request_scope(self.account, self.region):
            versions = s3._object_versions.get((self.bucket, self.key)) or []
            version = self.source.get("version_id")
            for entry in [one for one in versions if one["version_id"] == version]:
                _with_version(version, _replicate, self.bucket, self.key, self.written, self.data, self.tags)
                status = self.written["replication_status"]
                self.source["replication_status"] = entry["replication_status"] = status
                s3._persist_version_state(self.bucket, self.key, s3._buckets[self.bucket])
                if status == "COMPLETED":
                    self._tell(version)

    def _tell(self, version: Any) -> None:
        if self.tags:
            s3._object_tags[(self.destination, self.key, version)] = dict(self.tags)
        s3._fire_s3_event_async(
            self.destination,
            self.key,
            "s3:ObjectCreated:Put",
            size=self.source["size"],
            etag=self.source["etag"],
            version_id=version,
        )


class _Copies:
    """Sources on their way, the first first."""

    def __init__(self, delay: float, regions: Regions) -> None:
        self._delay = delay
        self._regions = regions
        self._later = Later()
        self._waiting: deque[_Copy] = deque()

    def send(
        self, bucket: str, key: str, source: dict[str, Any], data: Any, tags: dict[str, str] | None = None
    ) -> None:
        """In place of MiniStack's own function, which copies at once."""
        rule, role = s3._replication_rule_for(bucket, key, tags)
        if rule is None:
            return
        target = s3._replication_destination(bucket, key, rule, role)
        if target is None:
            source["replication_status"] = "FAILED"
            return
        source["replication_status"] = "PENDING"
        waiting = _Copy(
            account=get_account_id(),
            region=get_region(),
            bucket=bucket,
            key=key,
            source=source,
            written=copy.deepcopy(source),
            data=data,
            tags=tags,
            destination=target[0],
        )
        self._waiting.append(waiting)
        self._later.after(self._delay, self._go_on)

    def _go_on(self) -> None:
        if not self._waiting:
            return
        if all(map(self._regions.is_up, self._waiting[0].regions)):
            self._waiting.popleft().make()
        else:
            self._later.after(POLL, self._go_on)

    def flush(self) -> None:
        while self._waiting:
            self._waiting.popleft().make()


_copies: _Copies | None = None


def flush() -> None:
    """Make every replica that is waiting, before the state is saved: all regions are up when it is loaded."""
    if _copies:
        _copies.flush()


def _fire_with_version(*arguments: Any, version_id: str | None = None, **named: Any) -> None:
    _with_version(version_id, _fire, *arguments, version_id=version_id, **named)


def _dispatch_with_version(event: dict[str, Any], *others: Any, **named: Any) -> Any:
    if event.get("Source") == "aws.s3" and (version := _version.get()):
        detail = json.loads(event["Detail"])
        detail["object"]["version-id"] = version
        event = {**event, "Detail": json.dumps(detail)}
    return _dispatch(event, *others, **named)


def install(regions: Regions, *, delay: float) -> None:
    """Replicate and tell so; `delay` in seconds is that of a replica while both regions are up."""
    global _copies
    _copies = _Copies(delay, regions)
    s3._maybe_replicate = _copies.send
    s3._fire_s3_event = _fire_with_version
    s3.new_uuid = lambda: _version.get() or _new_uuid()
    eventbridge._dispatch_event = _dispatch_with_version
