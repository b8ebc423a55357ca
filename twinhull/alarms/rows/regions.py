"""What the watchdog of one region says of the other, and what goes from one to the other."""

from typing import Final

from twinhull.alarms.row import Row, Series

#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
REPLICATION: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html"


def _ours(metric: str, statistic: str) -> Series:
    return Series(namespace="twinhull", metric=metric, statistic=statistic)


def _replication(metric: str, statistic: str) -> Series:
    return Series(namespace="AWS/S3", metric=metric, statistic=statistic)


ROWS: Final = (
    Row(
        name="PeerUnhealthy",
        watches="peer",
        series={"healthy": _ours("PeerRegionHealthy", "Maximum")},
        comparison="<",
        threshold=1,
        period=60,
        datapoints=(3, 3),
        missing="breaching",
        severity="page",
        feels="Whoever was sent to the other region waits for one failed try; nothing is lost.",
        when="the watchdog of this region finds the other one unable to serve, or says nothing",
        runbook="region",
        because="A dead region cannot tell of itself.",
    ),
    Row(
        name="WatchFails",
        watches="watchdog",
        series={"failed": Series(namespace="AWS/Lambda", metric="Errors", statistic="Minimum")},
        comparison=">=",
        threshold=1,
        period=60,
        datapoints=(3, 3),
        missing="breaching",
        severity="page",
        feels="Whoever was sent to the other region waits for one failed try; nothing is lost.",
        when="each look of the watchdog finds the other region unable to serve, or fails, or there is none",
        runbook="region",
        because="It says what PeerUnhealthy says, by a metric that Lambda publishes for nothing.",
        lean=True,
        full=False,
    ),
    Row(
        name="DrainLasts",
        watches="drain",
        series={"drained": _ours("Drained", "Maximum")},
        comparison=">=",
        threshold=1,
        period=10800,  # it is told every three hours
        datapoints=(7, 8),
        missing="notBreaching",
        severity="ticket",
        feels="Nobody, until the other region is lost too: there is only one left.",
        when="one of the regions is drained all day",
        runbook="region",
        because="A drain is undone by people only, and forgotten by people too.",
    ),
    Row(
        name="ReplicationFailed",
        watches="replication",
        series={"failed": _replication("OperationsFailedReplication", "Sum")},
        comparison=">=",
        threshold=1,
        period=300,
        datapoints=(1, 1),
        missing="notBreaching",
        severity="ticket",
        feels="A file can be fetched in one region only; it is lost if that one is.",
        when="S3 gives up at least {threshold:g} copy to the other region",
        runbook="replication",
        because=REPLICATION,
    ),
    Row(
        name="ReplicationLate",
        watches="replication",
        series={"latency": _replication("ReplicationLatency", "Maximum")},
        comparison=">",
        threshold=900,
        period=300,
        datapoints=(3, 3),
        missing="notBreaching",
        severity="ticket",
        feels="New files are in one region only for longer than S3 promises.",
        when="the copies are more than {threshold:g} seconds late",
        runbook="replication",
        because=REPLICATION,
    ),
)
