"""A bucket for files that people send, made to be replicated to another region's."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from twinhull.work_queue import WorkQueue


class ReplicatedBucketOverrides(TypedDict, total=False):
    """What a `ReplicatedBucket` passes through to `aws_s3.Bucket`; see there."""

    auto_delete_objects: bool
    cors: Sequence[s3.CorsRule]
    lifecycle_rules: Sequence[s3.LifecycleRule]
    minimum_tls_version: float
    removal_policy: RemovalPolicy
    server_access_logs_bucket: s3.IBucket
    server_access_logs_prefix: str
    transition_default_minimum_object_size: s3.TransitionDefaultMinimumObjectSize


class ReplicatedBucket(Construct):
    """A private, encrypted bucket that keeps versions, for browsers that send files by presigned forms.

    Each region has one, and `BucketReplication` copies what was sent to one into the other, once both are
    there. It tells EventBridge what arrives, so whoever works with it needs nothing in this stack.

    >>> bucket = ReplicatedBucket(self, "Uploads", bucket_name=f"shop-uploads-{Aws.ACCOUNT_ID}-{self.region}")

    :ivar bucket: the `aws_s3.Bucket`.
    """

    bucket: s3.Bucket

    def __init__(
        self, scope: Construct, id: str, *, bucket_name: str, **overrides: Unpack[ReplicatedBucketOverrides]
    ) -> None:
        """Make the bucket.

        :param bucket_name: fixed, so that stacks of either region can name it without a reference.
        :param overrides: passed to `aws_s3.Bucket` after the defaults.
        """
        super().__init__(scope, id)
        properties: ReplicatedBucketOverrides = {
            # A form's policy says who may send what; which page it stands on says nothing.
            "cors": [
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.POST, s3.HttpMethods.GET],
                    allowed_origins=["*"],
                    allowed_headers=["*"],
                    max_age=3000,
                )
            ],
            "lifecycle_rules": [
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=Duration.days(7),
                    noncurrent_version_expiration=Duration.days(30),
                )
            ],
            "minimum_tls_version": 1.2,
            "removal_policy": RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            **overrides,
        }
        self.bucket = s3.Bucket(
            self,
            "Resource",
            bucket_name=bucket_name,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            versioned=True,
            **properties,
        )
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
