"""What a region's watchdog last saw of the other region."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Region, Watchdog
from twinhull.ops.releases import configuration
from twinhull.ops.trouble import explained

#: A watchdog looks each minute.
RECENTLY: Final = timedelta(minutes=15)

HEALTHY: Final = "healthy"


@dataclass(frozen=True, kw_only=True)
class Look:
    """Its last look: when, and what came of it; and the share of recent looks that found the peer healthy.

    Each is None if nothing of it is there: the function has just been deployed, or its region is down.
    """

    at: datetime | None = None
    outcome: str | None = None
    healthy: float | None = None


def last_look(cloud: Cloud, region: Region, watchdog: Watchdog) -> Look:
    """What a region's watchdog wrote in the last minutes.

    :raises TroubleError: Lambda or the logs cannot be asked there.
    """
    found = configuration(cloud.client("lambda", region.name), watchdog.function, region)
    group = found["LoggingConfig"]["LogGroup"]
    try:
        looks = _outcomes(cloud.client("logs", region.name), group, datetime.now(UTC))
    except (BotoCoreError, ClientError) as error:
        raise explained(error, f"reading what the watchdog in {region.name} saw") from error
    if not looks:
        return Look()
    at, outcome = max(looks)
    return Look(at=at, outcome=outcome, healthy=sum(seen == HEALTHY for _, seen in looks) / len(looks))


def _outcomes(logs: Any, group: str, now: datetime) -> list[tuple[datetime, str]]:
    """When each recent look was, and what came of it."""
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=_milliseconds(now - RECENTLY), filterPattern="outcome"
    )
    return [
        (datetime.fromtimestamp(event["timestamp"] / 1000, UTC), outcome)
        for page in pages
        for event in page["events"]
        if (outcome := _outcome(event["message"]))
    ]


def _outcome(line: str) -> str | None:
    try:
        return str(json.loads(line)["outcome"])
    except (ValueError, KeyError, TypeError):
        return None


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
