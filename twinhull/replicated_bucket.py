"""A bucket for files that people send, made to be replicated to another region's."""

from typing import Unpack

from aws_cdk import Aws
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from twinhull.private_bucket import BucketOverrides, private_bucket
from twinhull.work_queue import WorkQueue


class ReplicatedBucket(Construct):
    """A private, encrypted bucket that keeps versions, for browsers that send files by presigned forms.

    Each region has one, and `BucketReplication` copies what was sent to one into the other, once both are
    there. It tells EventBridge what arrives, so whoever works with it needs nothing in this stack.

    >>> bucket = ReplicatedBucket(self, "Uploads", bucket_name=f"shop-uploads-{Aws.ACCOUNT_ID}-{self.region}")

    :ivar bucket: the `aws_s3.Bucket`.
    """

    bucket: s3.Bucket

    def __init__(
        self, scope: Construct, id: str, *, bucket_name: str, **overrides: Unpack[BucketOverrides]
    ) -> None:
        """Make the bucket.

        :param bucket_name: fixed, so that stacks of either region can name it without a reference.
        :param overrides: passed to `aws_s3.Bucket` after the defaults.
        """
        super().__init__(scope, id)
        properties: BucketOverrides = {
            # A form's policy says who may send what; which page it stands on says nothing.
            "cors": [
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.POST, s3.HttpMethods.GET],
                    allowed_origins=["*"],
                    allowed_headers=["*"],
                    max_age=3000,
                )
            ],
            **overrides,
        }
        self.bucket = private_bucket(self, "Resource", bucket_name=bucket_name, **properties)
        bucket = self.bucket.node.default_child
        assert isinstance(bucket, s3.CfnBucket)  # noqa: S101
        # The bucket's own property: the CDK's way of saying the same is a function of its own.
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )

    @staticmethod
    def on_arrival(
        scope: Construct, id: str, *, bucket_name: str, prefix: str, queue: WorkQueue
    ) -> events.Rule:
        """Put a message into a queue for each object that arrives under a prefix.

        A replica's arrival is one too, so the prefix must be what only this region's clients send to. What
        EventBridge cannot deliver within a day lies among the queue's dead letters.
        """
        return events.Rule(
            scope,
            id,
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [bucket_name]}, "object": {"key": [{"prefix": prefix}]}},
            ),
            targets=[targets.SqsQueue(queue.queue, dead_letter_queue=queue.dead_letter_queue)],
        )

    @staticmethod
    def grant(
        grantee: iam.IGrantable, *actions: str, bucket_name: str, prefix: str | None = None
    ) -> iam.Grant:
        """Allow ``actions`` on a bucket of either region, by its name.

        >>> ReplicatedBucket.grant(function, "s3:GetObject", bucket_name=name, prefix="uploads/")

        :param actions: each by name, like `s3:GetObject`.
        :param prefix: on the objects that begin so; on the bucket itself without one.
        :raises ValueError: an action is a pattern.
        """
        patterns = [action for action in actions if "*" in action]
        if patterns:
            raise ValueError(f"grant got {', '.join(patterns)}; name each action, like 's3:GetObject'.")
        arn = f"arn:{Aws.PARTITION}:s3:::{bucket_name}"
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=list(actions),
            resource_arns=[arn if prefix is None else f"{arn}/{prefix}*"],
        )
