"""The bucket behind a static site in one region, and the two ways of filling it."""

from typing import Unpack

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from constructs import Construct

from twinhull.private_bucket import BucketOverrides, private_bucket


class StaticSite(Construct):
    """A private bucket that only CloudFront distributions of the same account may read.

    The distribution usually lives in another stack and region, so the bucket's policy names every
    distribution of the account instead of one: naming it would make the two stacks depend on each other.

    >>> pages = StaticSite(self, "Pages", bucket_name=f"shop-pages-{Aws.ACCOUNT_ID}-{self.region}")

    :ivar bucket: the `aws_s3.Bucket`, encrypted with S3's own key: CloudFront reads it without a grant.
    """

    bucket: s3.Bucket

    def __init__(
        self, scope: Construct, id: str, *, bucket_name: str, **overrides: Unpack[BucketOverrides]
    ) -> None:
        """Make the bucket.

        :param bucket_name: fixed, so that stacks of other regions can name the bucket without a reference.
        :param overrides: passed to `aws_s3.Bucket` after the defaults.
        """
        super().__init__(scope, id)
        self.bucket = private_bucket(self, "Resource", bucket_name=bucket_name, **overrides)
        self._let_cloudfront_read()

    def publish_assets(
        self,
        *sources: s3_deployment.ISource,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> s3_deployment.BucketDeployment:
        """Copy files whose names change with their contents: cached for a year, the old ones kept."""
        forever = "public, max-age=31536000, immutable"
        return _publish(self, "Assets", self.bucket, sources, forever, log_retention)

    @staticmethod
    def publish_pages(
        scope: Construct,
        id: str,
        *sources: s3_deployment.ISource,
        bucket: s3.IBucket,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> s3_deployment.BucketDeployment:
        """Copy pages, which keep their names: checked anew at each visit.

        Pages are published after the assets they refer to are in both regions, hence from another stack.
        """
        return _publish(scope, id, bucket, sources, "no-cache", log_retention)

    def _let_cloudfront_read(self) -> None:
        reader = iam.ServicePrincipal("cloudfront.amazonaws.com")
        distributions = f"arn:{Aws.PARTITION}:cloudfront::{Aws.ACCOUNT_ID}:distribution/*"
        for sid, action, resource in (
            ("CloudFrontReads", "s3:GetObject", self.bucket.arn_for_objects("*")),
            # Without it S3 answers 403 for a page that does not exist.
            ("CloudFrontSeesWhatIsMissing", "s3:ListBucket", self.bucket.bucket_arn),
        ):
            self.bucket.add_to_resource_policy(
                iam.PolicyStatement(
                    sid=sid,
                    principals=[reader],
                    actions=[action],
                    resources=[resource],
                    conditions={"ArnLike": {"aws:SourceArn": distributions}},
                )
            )


def _publish(
    scope: Construct,
    id: str,
    bucket: s3.IBucket,
    sources: tuple[s3_deployment.ISource, ...],
    cache_control: str,
    log_retention: logs.RetentionDays,
) -> s3_deployment.BucketDeployment:
    return s3_deployment.BucketDeployment(
        scope,
        id,
        sources=list(sources),
        destination_bucket=bucket,
        cache_control=[s3_deployment.CacheControl.from_string(cache_control)],
        # Pages and assets share the bucket, and open pages still ask for the assets of the last release.
        prune=False,
        retain_on_delete=True,
        log_group=logs.LogGroup(
            scope, f"{id}Logs", retention=log_retention, removal_policy=RemovalPolicy.DESTROY
        ),
    )
