"""What a region's watchdog last saw of the other region."""

import json
from collections.abc import Iterator
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

NAMESPACE: Final = "twinhull"
METRIC: Final = "PeerRegionHealthy"


@dataclass(frozen=True, kw_only=True)
class Look:
    """Its last look: when, and what came of it; and the share of recent looks that found the peer healthy.

    Each is None if nothing of it is there: the function has just been deployed, or its region is down.
    """

    at: datetime | None = None
    outcome: str | None = None
    healthy: float | None = None


def last_look(cloud: Cloud, deployment: str, region: Region, peer: Region, watchdog: Watchdog) -> Look:
    """What a region's watchdog wrote in the last minutes.

    :raises TroubleError: Lambda, the logs or the metrics cannot be asked there.
    """
    found = configuration(cloud.client("lambda", region.name), watchdog.function, region)
    now = datetime.now(UTC)
    try:
        healthy = _healthy(cloud.client("cloudwatch", region.name), deployment, peer.name, now)
        logs = cloud.client("logs", region.name)
        for at, outcome in _outcomes(logs, found["LoggingConfig"]["LogGroup"], now):
            return Look(at=at, outcome=outcome, healthy=healthy)
    except (BotoCoreError, ClientError) as error:
        raise explained(error, f"reading what the watchdog in {region.name} saw") from error
    return Look(healthy=healthy)


def _outcomes(logs: Any, group: str, now: datetime) -> Iterator[tuple[datetime, str]]:
    """The latest first."""
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=_milliseconds(now - RECENTLY), filterPattern="outcome"
    )
    events = [event for page in pages for event in page["events"]]
    for event in sorted(events, key=lambda event: event["timestamp"], reverse=True):
        try:
            outcome = json.loads(event["message"])["outcome"]
        except (ValueError, KeyError, TypeError):
            continue
        yield datetime.fromtimestamp(event["timestamp"] / 1000, UTC), str(outcome)


def _healthy(metrics: Any, deployment: str, peer: str, now: datetime) -> float | None:
    points = metrics.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=METRIC,
        Dimensions=[{"Name": "Deployment", "Value": deployment}, {"Name": "Peer", "Value": peer}],
        StartTime=now - RECENTLY,
        EndTime=now,
        Period=int(RECENTLY.total_seconds()),
        Statistics=["Average"],
    )["Datapoints"]
    return sum(point["Average"] for point in points) / len(points) if points else None


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
