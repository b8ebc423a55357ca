"""Queues.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from typing import Final

from twinhull.alarms.row import Row, Series

RECOMMENDED: Final = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
    "Best_Practice_Recommended_Alarms_AWS_Services.html#SQS"
)
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
MOST_IN_FLIGHT: Final = 120_000


def _queue(metric: str) -> Series:
    return Series(namespace="AWS/SQS", metric=metric, statistic="Maximum")


ROWS: Final = (
    Row(
        name="QueueAge",
        watches="queue",
        series={"age": _queue("ApproximateAgeOfOldestMessage")},
        comparison=">",
        threshold=900,
        period=60,
        datapoints=(5, 5),
        missing="notBreaching",
        severity="page",
        feels="Files are not taken in, or people are not told: the work waits.",
        when="the oldest message has waited more than {threshold:g} seconds",
        runbook="queues",
        because=RECOMMENDED,
    ),
    Row(
        name="QueueInFlight",
        watches="queue",
        series={"in_flight": _queue("ApproximateNumberOfMessagesNotVisible")},
        comparison=">",
        threshold=0.9 * MOST_IN_FLIGHT,
        period=60,
        datapoints=(5, 5),
        missing="notBreaching",
        severity="ticket",
        feels="Soon the queue hands out no more work, however many wait.",
        when="more than {threshold:g} messages are being worked at, 90 % of what a queue allows",
        runbook="queues",
        because=RECOMMENDED,
    ),
    Row(
        name="DeadLetters",
        watches="dead-letters",
        series={"dead": _queue("ApproximateNumberOfMessagesVisible")},
        comparison=">=",
        threshold=1,
        period=60,
        datapoints=(1, 1),
        missing="notBreaching",
        severity="ticket",
        feels="Somebody's file or notice lies aside, and stays there until it is sent back.",
        when="at least {threshold:g} message has failed as often as it may",
        runbook="queues",
        because=RECOMMENDED,
        lean=True,
    ),
)
