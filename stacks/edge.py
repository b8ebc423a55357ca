"""The edge: one address in front of both regions."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks import shells
from stacks.settings import EDGE_REGION, Settings
from twinhull import FailoverDistribution


class EdgeStack(Stack):
    """The distribution: pages from the buckets of both regions, `/api/*` from both APIs."""

    def __init__(self, scope: Construct, *, settings: Settings, api_domains: Mapping[str, str]) -> None:
        super().__init__(scope, f"{settings.name}-edge", env=Environment(region=EDGE_REGION))
        edge = FailoverDistribution(
            self,
            "Distribution",
            regions=settings.regions,
            site_buckets={
                region: s3.Bucket.from_bucket_attributes(
                    self, f"Site-{region}", bucket_name=settings.site_bucket_name(region), region=region
                )
                for region in settings.regions.serving
            },
            api_domains=api_domains,
            origin_secret_name=settings.origin_secret_name,
            languages=tuple(shells.LANGUAGES),
            pages=shells.addresses(),
            not_found=shells.not_found(),
        )
        CfnOutput(self, "Url", value=f"https://{edge.distribution.distribution_domain_name}")
        CfnOutput(self, "DistributionId", value=edge.distribution.distribution_id)
        self.key_value_store_arn = edge.key_value_store.key_value_store_arn
        CfnOutput(self, "KeyValueStoreArn", value=self.key_value_store_arn)
