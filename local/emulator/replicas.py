"""Replicas as S3 makes them: with the version of their source, and told of like anything that arrives.

MiniStack gives a replica a version of its own and tells nobody. It also leaves the version out of what it
tells EventBridge.
"""

import json
from contextvars import ContextVar
from typing import Any

from ministack.services import eventbridge, s3

_version: ContextVar[str | None] = ContextVar("version", default=None)

_replicate = s3._maybe_replicate
_record = s3._record_object_version
_fire = s3._fire_s3_event
_dispatch = eventbridge._dispatch_event
_new_uuid = s3.new_uuid


def _with_version(version: str | None, do: Any, *arguments: Any, **named: Any) -> Any:
    token = _version.set(version)
    try:
        return do(*arguments, **named)
    finally:
        _version.reset(token)


def _replicate_and_tell(
    bucket: str, key: str, source: dict[str, Any], data: Any, tags: dict[str, str] | None = None
) -> None:
    _replicate(bucket, key, source, data, tags)
    if "_replica" in source:
        destination, version, _ = source["_replica"]
        s3._fire_s3_event_async(
            destination,
            key,
            "s3:ObjectCreated:Put",
            size=source["size"],
            etag=source["etag"],
            version_id=version,
        )


def _record_as_replicated(bucket: str, key: str, prior: Any, made: dict[str, Any], data: Any) -> str | None:
    # The replica is written first, and its source then gets the version that the replica has.
    version = made["_replica"][1] if "_replica" in made else None
    recorded: str | None = _with_version(version, _record, bucket, key, prior, made, data)
    return recorded


def _fire_with_version(*arguments: Any, version_id: str | None = None, **named: Any) -> None:
    _with_version(version_id, _fire, *arguments, version_id=version_id, **named)


def _dispatch_with_version(event: dict[str, Any], *others: Any, **named: Any) -> Any:
    if event.get("Source") == "aws.s3" and (version := _version.get()):
        detail = json.loads(event["Detail"])
        detail["object"]["version-id"] = version
        event = {**event, "Detail": json.dumps(detail)}
    return _dispatch(event, *others, **named)


def install() -> None:
    """Replicate and tell so."""
    s3._maybe_replicate = _replicate_and_tell
    s3._record_object_version = _record_as_replicated
    s3._fire_s3_event = _fire_with_version
    s3.new_uuid = lambda: _version.get() or _new_uuid()
    eventbridge._dispatch_event = _dispatch_with_version
