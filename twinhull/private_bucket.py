"""What every bucket of these constructs is."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct


class BucketOverrides(TypedDict, total=False):
    """What a construct with a bucket passes through to `aws_s3.Bucket`; see there."""

    auto_delete_objects: bool
    cors: Sequence[s3.CorsRule]
    lifecycle_rules: Sequence[s3.LifecycleRule]
    minimum_tls_version: float
    removal_policy: RemovalPolicy
    server_access_logs_bucket: s3.IBucket
    server_access_logs_prefix: str
    transition_default_minimum_object_size: s3.TransitionDefaultMinimumObjectSize


def private_bucket(
    scope: Construct, id: str, *, bucket_name: str, **overrides: Unpack[BucketOverrides]
) -> s3.Bucket:
    """A bucket that is encrypted with S3's own key, keeps versions, and that nobody may read by default.

    :param overrides: passed to `aws_s3.Bucket` after the defaults.
    """
    properties: BucketOverrides = {
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
    return s3.Bucket(
        scope,
        id,
        bucket_name=bucket_name,
        encryption=s3.BucketEncryption.S3_MANAGED,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        versioned=True,
        **properties,
    )
