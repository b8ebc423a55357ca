"""Points in time as items and answers hold them."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time, as exactly as items hold it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with exactly three decimals, so that the order of texts is the order in time.

    >>> timestamp(datetime(2026, 11, 23, 9, 5, tzinfo=UTC))
    '2026-11-23T09:05:00.000Z'
    """
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
