"""A queue whose messages a function works off, and what becomes of those that it cannot."""

from typing import TypedDict, Unpack, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from twinhull.live_function import LiveFunction

#: How often a message may be tried while its function is busy or throttled, before it counts as failed:
#: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
TIMES_THE_TIMEOUT = 6


class SharedOverrides(TypedDict, total=False):
    """What a `WorkQueue` passes through for its dead letters too."""

    data_key_reuse: Duration
    encryption: sqs.QueueEncryption
    encryption_master_key: kms.IKey
    removal_policy: RemovalPolicy


class QueueOverrides(SharedOverrides, total=False):
    """What a `WorkQueue` passes through to `aws_sqs.Queue`; see there."""

    delivery_delay: Duration
    max_message_size_bytes: float
    queue_name: str
    retention_period: Duration


class WorkQueue(Construct):
    """A queue that feeds a function in batches, beside a dead-letter queue for what fails again and again.

    Delivery is at least once and in no order. The function answers which messages of a batch have failed
    (`{"batchItemFailures": [{"itemIdentifier": …}]}`); the others of the batch are done. What failed is
    tried again after the visibility timeout, and lies in the dead-letter queue after `max_receive_count`
    tries, until somebody sends it back (`twinhull redrive`).

    >>> work = WorkQueue(self, "Intake", function=function)
    >>> work.grant_send(function)

    :ivar queue: the `aws_sqs.Queue`.
    :ivar dead_letter_queue: the `aws_sqs.Queue` of what failed.
    :ivar function: the `LiveFunction` whose live alias works.
    :ivar event_source: the `aws_lambda.EventSourceMapping` between them.
    """

    queue: sqs.Queue
    dead_letter_queue: sqs.Queue
    function: LiveFunction
    event_source: lambda_.EventSourceMapping

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function: LiveFunction,
        batch_size: int = 10,
        max_concurrency: int = 2,
        max_receive_count: int = 5,
        visibility_timeout: Duration | None = None,
        dead_letter_retention: Duration | None = None,
        **overrides: Unpack[QueueOverrides],
    ) -> None:
        """Make both queues, and let the function work.

        :param function: works off a batch; it must bear to be given a message twice.
        :param batch_size: 1 to 10 messages at once.
        :param max_concurrency: 2 to 1000 batches at once, so that a full queue takes no more of the account's
            concurrent executions from those who wait for an answer.
        :param max_receive_count: after so many tries a message is dead; from 5 on, a function that is
            throttled loses nothing.
        :param visibility_timeout: between two tries; six times the function's timeout by default, and at
            least.
        :param dead_letter_retention: for how long dead messages are kept, counted from when they were first
            sent; 14 days by default, as long as SQS keeps any.
        :param overrides: passed to `aws_sqs.Queue` after the defaults; encryption and removal hold for the
            dead letters too.
        :raises ValueError: a number is out of bounds, or messages would be tried again while they are still
            worked at.
        """
        super().__init__(scope, id)
        _refuse("batch_size", batch_size, 1, 10)
        _refuse("max_concurrency", max_concurrency, 2, 1000)
        _refuse("max_receive_count", max_receive_count, 1, 1000)
        # The function of a LiveFunction always has a timeout.
        least = (function.function.timeout or Duration.seconds(3)).to_seconds() * TIMES_THE_TIMEOUT
        visible_after = visibility_timeout or Duration.seconds(least)
        if visible_after.to_seconds() < least:
            raise ValueError(
                f"visibility_timeout is {visible_after.to_seconds():g} seconds; give it at least {least:g}, "
                f"{TIMES_THE_TIMEOUT} times the function's timeout, or leave it out."
            )
        properties: QueueOverrides = {"encryption": sqs.QueueEncryption.SQS_MANAGED, **overrides}
        shared = cast(
            SharedOverrides,
            {name: each for name, each in properties.items() if name in SharedOverrides.__annotations__},
        )
        self.function = function
        self.dead_letter_queue = sqs.Queue(
            self,
            "DeadLetters",
            enforce_ssl=True,
            retention_period=dead_letter_retention or Duration.days(14),
            **shared,
        )
        self.queue = sqs.Queue(
            self,
            "Resource",
            enforce_ssl=True,
            visibility_timeout=visible_after,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letter_queue, max_receive_count=max_receive_count
            ),
            **properties,
        )
        self.event_source = lambda_.EventSourceMapping(
            self,
            "Consumer",
            target=function.alias,
            event_source_arn=self.queue.queue_arn,
            batch_size=batch_size,
            max_concurrency=max_concurrency,
            report_batch_item_failures=True,
        )
        # Lambda looks at the role when the mapping is made.
        self._grant(
            function, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"
        ).apply_before(self.event_source)

    def grant_send(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow to put messages into the queue."""
        return self._grant(grantee, "sqs:SendMessage")

    def metric_depth(self) -> cloudwatch.Metric:
        """How many messages wait."""
        return self.queue.metric_approximate_number_of_messages_visible(statistic="Maximum")

    def metric_age(self) -> cloudwatch.Metric:
        """For how many seconds the oldest message has waited."""
        return self.queue.metric_approximate_age_of_oldest_message(statistic="Maximum")

    def metric_in_flight(self) -> cloudwatch.Metric:
        """How many messages are being worked at, or wait for their next try."""
        return self.queue.metric_approximate_number_of_messages_not_visible(statistic="Maximum")

    def metric_dead_letters(self) -> cloudwatch.Metric:
        """How many messages are dead."""
        return self.dead_letter_queue.metric_approximate_number_of_messages_visible(statistic="Maximum")

    def _grant(self, grantee: iam.IGrantable, *actions: str) -> iam.Grant:
        return self.queue.grant(grantee, *actions)


def _refuse(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}; give {low} to {high}.")
