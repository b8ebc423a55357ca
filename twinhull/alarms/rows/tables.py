"""Tables: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html

CloudWatch ignores what an alarm says of missing data when the namespace is AWS/DynamoDB; `FILL` does not:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from typing import Final

from twinhull.alarms.row import Row, Series

RECOMMENDED: Final = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
    "Best_Practice_Recommended_Alarms_AWS_Services.html#DynamoDB"
)
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
WRITES_OF_A_PARTITION: Final = 1000


def _table(metric: str, statistic: str = "Sum", each: str = "") -> Series:
    return Series(namespace="AWS/DynamoDB", metric=metric, statistic=statistic, each=each)


ROWS: Final = (
    Row(
        name="TableSystemErrors",
        watches="table",
        series={"errors": _table("SystemErrors", each="Operation")},
        expression="{errors}",
        comparison=">=",
        threshold=5,
        period=60,
        datapoints=(3, 5),
        missing="notBreaching",
        severity="page",
        feels="Requests in this region fail; the other region serves the same data.",
        when="DynamoDB fails at least {threshold:g} times by its own fault",
        runbook="tables",
        because=RECOMMENDED,
    ),
    Row(
        name="TableThrottles",
        watches="table",
        series={"reads": _table("ReadThrottleEvents"), "writes": _table("WriteThrottleEvents")},
        expression="{reads}+{writes}",
        comparison=">=",
        threshold=10,
        period=60,
        datapoints=(3, 5),
        missing="notBreaching",
        severity="page",
        feels="Some requests are slow or fail, because the table grows slower than the load.",
        when="DynamoDB refuses at least {threshold:g} reads or writes as too many",
        runbook="tables",
        because=RECOMMENDED,
    ),
    Row(
        name="TableLatency",
        watches="timed-table",
        series={"latency": _table("SuccessfulRequestLatency", "Average", each="Operation")},
        expression="{latency:max}",
        comparison=">",
        threshold=500,
        period=60,
        datapoints=(5, 5),
        missing="notBreaching",
        severity="ticket",
        feels="The page is slow: a strong write waits for a second region.",
        when="a read or a write takes more than {threshold:g} ms on average",
        runbook="tables",
        because=RECOMMENDED,
    ),
    Row(
        name="IndexThrottles",
        watches="index",
        series={"writes": _table("WriteThrottleEvents", each="GlobalSecondaryIndexName")},
        expression="{writes}",
        comparison=">=",
        threshold=10,
        period=60,
        datapoints=(3, 5),
        missing="notBreaching",
        severity="page",
        feels="Registrations and changes fail: an index that is too slow holds its table back.",
        when="DynamoDB refuses at least {threshold:g} writes of an index",
        runbook="tables",
        because="An index whose writes are throttled throttles the table itself: "
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html",
    ),
    Row(
        name="IndexPressure",
        watches="hot-index",
        series={"written": _table("ConsumedWriteCapacityUnits", each="GlobalSecondaryIndexName")},
        expression="{written:max}/60",
        comparison=">",
        threshold=0.7 * WRITES_OF_A_PARTITION,
        period=60,
        datapoints=(5, 5),
        missing="notBreaching",
        severity="ticket",
        feels="Nobody yet: all entries of a list share a partition, which takes 1000 writes a second.",
        when="an index takes more than {threshold:g} units of writing a second",
        runbook="tables",
        because="The lists have one partition each, and that is their limit.",
    ),
)
