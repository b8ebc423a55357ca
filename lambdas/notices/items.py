"""Notices as items hold them: the attribute `outbox`, a map of notices by their id."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from notices.model import Notice, NoticeKind, Outbox
from notices.times import timestamp


def to_map(outbox: Outbox) -> dict[str, dict[str, str | int]]:
    """The value of the attribute, in Python's types."""
    return {id: _to_map(one) for id, one in outbox.items()}


def from_map(outbox: Mapping[str, Any]) -> dict[str, Notice]:
    """The notices in the attribute's value, in DynamoDB's types (`{"id": {"M": …}}`)."""
    return {id: _from_map(id, one["M"]) for id, one in outbox.items()}


def _to_map(notice: Notice) -> dict[str, str | int]:
    found: dict[str, str | int] = {"kind": notice.kind, "at": timestamp(notice.at), "kid": notice.kid}
    if notice.about:
        found["about"] = notice.about
    if notice.lease:
        found["lease"] = notice.lease
    if notice.not_before:
        found["not_before"] = timestamp(notice.not_before)
    if notice.tries:
        found["tries"] = notice.tries
    return found


def _from_map(id: str, notice: Mapping[str, Any]) -> Notice:
    def string(name: str) -> str:
        return str(notice[name]["S"]) if name in notice else ""

    later = string("not_before")
    return Notice(
        id=id,
        kind=cast("NoticeKind", notice["kind"]["S"]),
        at=datetime.fromisoformat(notice["at"]["S"]),
        kid=string("kid"),
        about=string("about"),
        lease=string("lease"),
        not_before=datetime.fromisoformat(later) if later else None,
        tries=int(notice["tries"]["N"]) if "tries" in notice else 0,
    )
