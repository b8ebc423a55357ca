"""The edge: one address in front of both regions."""

import json
from collections.abc import Mapping
from typing import Final

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks import shells
from stacks.code import OPENAPI, readiness_path
from stacks.settings import EDGE_REGION, Settings
from twinhull import FailoverDistribution, Firewall
from twinhull.failover_distribution.construct import DistributionOverrides
from twinhull.regional_api import operations

#: Operations by which passwords and addresses could be guessed.
GUARDED: Final = ("start_session", "register_user", "request_link")


class EdgeStack(Stack):
    """The distribution: pages from the buckets of both regions, `/api/*` from both APIs."""

    def __init__(self, scope: Construct, *, settings: Settings, api_domains: Mapping[str, str]) -> None:
        super().__init__(scope, f"{settings.name}-edge", env=Environment(region=EDGE_REGION))
        overrides: DistributionOverrides = {}
        if settings.firewall:
            firewall = Firewall(self, "Firewall", guarded_paths=_paths(*GUARDED))
            overrides["web_acl_id"] = firewall.web_acl.attr_arn
        if settings.domain_name:
            zone = route53.HostedZone.from_hosted_zone_attributes(
                self, "Zone", hosted_zone_id=settings.hosted_zone_id, zone_name=settings.domain_name
            )
            overrides["domain_names"] = [settings.domain_name]
            overrides["minimum_protocol_version"] = cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021
            overrides["certificate"] = acm.Certificate(
                self,
                "Certificate",
                domain_name=settings.domain_name,
                validation=acm.CertificateValidation.from_dns(zone),
            )
        self.certificate = overrides.get("certificate")
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
            origin_key=settings.origin_key,
            languages=tuple(shells.LANGUAGES),
            pages=shells.addresses(),
            not_found=shells.not_found(),
            connections=[settings.uploads_url(region) for region in settings.regions.serving],
            **overrides,
        )
        self.distribution = edge.distribution
        if settings.domain_name:
            target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(edge.distribution))
            route53.ARecord(self, "Address", zone=zone, target=target)
            route53.AaaaRecord(self, "AddressV6", zone=zone, target=target)
        name = settings.domain_name or edge.distribution.distribution_domain_name
        self.url = f"https://{name}"
        CfnOutput(self, "Url", value=self.url)
        CfnOutput(self, "DistributionId", value=edge.distribution.distribution_id)
        self.key_value_store_arn = edge.key_value_store.key_value_store_arn
        CfnOutput(self, "KeyValueStoreArn", value=self.key_value_store_arn)
        CfnOutput(self, "OriginSecret", value=settings.origin_secret_name)
        CfnOutput(self, "ReadinessPath", value=readiness_path())
        CfnOutput(self, "Regions", value=",".join(settings.regions.serving))


def _paths(*names: str) -> list[str]:
    """The paths of operations."""
    found = {
        each.id: each.route_key.partition(" ")[2] for each in operations(json.loads(OPENAPI.read_text()))
    }
    return [found[name] for name in names]
