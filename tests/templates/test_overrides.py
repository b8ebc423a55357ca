"""What a caller passes through to the CDK's own construct wins over the house's defaults, key by key."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from tests.templates import constructs as any_of
from tools.constructs.code import fields, overrides
from tools.constructs.example import constructs

LAYER = "arn:aws:lambda:eu-west-1:111122223333:layer:any:1"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/any"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/any"
FIREWALL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/any/any"

Values = Mapping[str, Any] | Callable[[cdk.Stack], Mapping[str, Any]]
"""What is given besides or instead of a value, if the value needs something of the stack."""


def any_vpc(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-any",
        availability_zones=["eu-west-1a"],
        private_subnet_ids=["subnet-private"],
        isolated_subnet_ids=["subnet-isolated"],
    )


def any_group(stack: cdk.Stack) -> ec2.ISecurityGroup:
    return ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-any")


def logs(stack: cdk.Stack) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(stack, "LogBucket", "any-logs")


def certificate(stack: cdk.Stack) -> dict[str, Any]:
    return {
        "certificate": acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE),
        "domain_names": ["shop.example.com"],
    }


def key(stack: cdk.Stack) -> dict[str, Any]:
    return {
        "encryption": sqs.QueueEncryption.KMS,
        "encryption_master_key": kms.Key.from_key_arn(stack, "Key", KEY),
    }


#: Key → what is given, and what then stands in the template and did not before.
FUNCTION: dict[str, tuple[Values, str]] = {
    "application_log_level_v2": (
        {"application_log_level_v2": lambda_.ApplicationLogLevel.DEBUG},
        '"ApplicationLogLevel": "DEBUG"',
    ),
    "dead_letter_queue_enabled": ({"dead_letter_queue_enabled": True}, '"DeadLetterConfig"'),
    "description": ({"description": "mine"}, '"Description": "mine"'),
    "ephemeral_storage_size": (
        {"ephemeral_storage_size": cdk.Size.gibibytes(1)},
        '"EphemeralStorage": {"Size": 1024}',
    ),
    "layers": (
        lambda stack: {"layers": [lambda_.LayerVersion.from_layer_version_arn(stack, "Layer", LAYER)]},
        f'"Layers": ["{LAYER}"]',
    ),
    "reserved_concurrent_executions": (
        {"reserved_concurrent_executions": 7},
        '"ReservedConcurrentExecutions": 7',
    ),
    "retry_attempts": ({"retry_attempts": 1}, '"MaximumRetryAttempts": 1'),
    "security_groups": (
        lambda stack: {"security_groups": [any_group(stack)], "vpc": any_vpc(stack)},
        '"SecurityGroupIds": ["sg-any"]',
    ),
    "system_log_level_v2": (
        {"system_log_level_v2": lambda_.SystemLogLevel.WARN},
        '"SystemLogLevel": "WARN"',
    ),
    "tracing": ({"tracing": lambda_.Tracing.PASS_THROUGH}, '"TracingConfig": {"Mode": "PassThrough"}'),
    "vpc": (lambda stack: {"vpc": any_vpc(stack)}, '"SubnetIds": ["subnet-private"]'),
    "vpc_subnets": (
        lambda stack: {
            "vpc": any_vpc(stack),
            "vpc_subnets": ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        },
        '"SubnetIds": ["subnet-isolated"]',
    ),
}

DISTRIBUTION: dict[str, tuple[Values, str]] = {
    "certificate": (certificate, f'"AcmCertificateArn": "{CERTIFICATE}"'),
    "comment": ({"comment": "mine"}, '"Comment": "mine"'),
    "domain_names": (certificate, '"Aliases": ["shop.example.com"]'),
    "enable_ipv6": ({"enable_ipv6": False}, '"IPV6Enabled": false'),
    "enable_logging": ({"enable_logging": True}, '"Logging": {'),
    "geo_restriction": (
        {"geo_restriction": cloudfront.GeoRestriction.allowlist("DE")},
        '"GeoRestriction": {"Locations": ["DE"]',
    ),
    "http_version": ({"http_version": cloudfront.HttpVersion.HTTP1_1}, '"HttpVersion": "http1.1"'),
    "log_bucket": (lambda stack: {"log_bucket": logs(stack)}, '"any-logs.s3.'),
    "log_file_prefix": (
        lambda stack: {"log_bucket": logs(stack), "log_file_prefix": "edge/"},
        '"Prefix": "edge/"',
    ),
    "log_includes_cookies": (
        lambda stack: {"log_bucket": logs(stack), "log_includes_cookies": True},
        '"IncludeCookies": true',
    ),
    "minimum_protocol_version": (
        lambda stack: {
            **certificate(stack),
            "minimum_protocol_version": cloudfront.SecurityPolicyProtocol.TLS_V1_2_2019,
        },
        '"MinimumProtocolVersion": "TLSv1.2_2019"',
    ),
    "price_class": (
        {"price_class": cloudfront.PriceClass.PRICE_CLASS_100},
        '"PriceClass": "PriceClass_100"',
    ),
    "publish_additional_metrics": (
        {"publish_additional_metrics": True},
        '"RealtimeMetricsSubscriptionStatus": "Enabled"',
    ),
    "web_acl_id": ({"web_acl_id": FIREWALL}, f'"WebACLId": "{FIREWALL}"'),
}

BUCKET: dict[str, tuple[Values, str]] = {
    "auto_delete_objects": (
        {"auto_delete_objects": True, "removal_policy": cdk.RemovalPolicy.DESTROY},
        '"Custom::S3AutoDeleteObjects"',
    ),
    "cors": (
        {
            "cors": [
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.POST],
                    allowed_origins=["https://shop.example.com"],
                )
            ]
        },
        '"AllowedOrigins": ["https://shop.example.com"]',
    ),
    "lifecycle_rules": (
        {"lifecycle_rules": [s3.LifecycleRule(expiration=cdk.Duration.days(5))]},
        '"Rules": [{"ExpirationInDays": 5, "Status": "Enabled"}]',
    ),
    "minimum_tls_version": ({"minimum_tls_version": 1.3}, '{"s3:TlsVersion": 1.3}'),
    "removal_policy": ({"removal_policy": cdk.RemovalPolicy.DESTROY}, '"DeletionPolicy": "Delete"'),
    "server_access_logs_bucket": (
        lambda stack: {"server_access_logs_bucket": logs(stack)},
        '"LoggingConfiguration": {"DestinationBucketName": "any-logs"',
    ),
    "server_access_logs_prefix": (
        lambda stack: {
            "server_access_logs_bucket": logs(stack),
            "server_access_logs_prefix": "mine/",
        },
        '"LogFilePrefix": "mine/"',
    ),
    "transition_default_minimum_object_size": (
        {
            "transition_default_minimum_object_size": (
                s3.TransitionDefaultMinimumObjectSize.VARIES_BY_STORAGE_CLASS
            )
        },
        '"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"',
    ),
}

#: Construct → how one is made, and its keys.
OVERRIDES: dict[str, tuple[Callable[..., object], dict[str, tuple[Values, str]]]] = {
    "FailoverDistribution": (any_of.failover_distribution, DISTRIBUTION),
    "GlobalTable": (
        any_of.eventual_global_table,
        {
            "billing": (
                {
                    "billing": dynamodb.Billing.provisioned(
                        read_capacity=dynamodb.Capacity.fixed(1),
                        write_capacity=dynamodb.Capacity.autoscaled(max_capacity=2),
                    )
                },
                '"BillingMode": "PROVISIONED"',
            ),
            "contributor_insights_specification": (
                {
                    "contributor_insights_specification": dynamodb.ContributorInsightsSpecification(
                        enabled=True
                    )
                },
                '"ContributorInsightsSpecification": {"Enabled": true',
            ),
            "deletion_protection": ({"deletion_protection": False}, '"DeletionProtectionEnabled": false'),
            "point_in_time_recovery_specification": (
                {
                    "point_in_time_recovery_specification": dynamodb.PointInTimeRecoverySpecification(
                        point_in_time_recovery_enabled=False
                    )
                },
                '"PointInTimeRecoveryEnabled": false',
            ),
            "removal_policy": ({"removal_policy": cdk.RemovalPolicy.DESTROY}, '"DeletionPolicy": "Delete"'),
            "table_class": (
                {"table_class": dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS},
                '"TableClass": "STANDARD_INFREQUENT_ACCESS"',
            ),
            "tags": ({"tags": [cdk.CfnTag(key="team", value="any")]}, '{"Key": "team", "Value": "any"}'),
            "time_to_live_attribute": (
                {"time_to_live_attribute": "expires_at"},
                '{"AttributeName": "expires_at", "Enabled": true}',
            ),
            "warm_throughput": (
                {
                    "warm_throughput": dynamodb.WarmThroughput(
                        read_units_per_second=13_000, write_units_per_second=5_000
                    )
                },
                '"ReadUnitsPerSecond": 13000',
            ),
        },
    ),
    "KeyRotation": (
        any_of.key_rotation,
        {
            "description": ({"description": "mine"}, '"Description": "mine"'),
            "enabled": ({"enabled": False}, '"State": "DISABLED"'),
            "rule_name": ({"rule_name": "mine"}, '"Name": "mine"'),
        },
    ),
    "LiveFunction": (any_of.live_function, FUNCTION),
    "RegionalApi": (
        any_of.regional_api,
        {
            "api_name": ({"api_name": "mine"}, '"Name": "mine"'),
            "cors_preflight": (
                {
                    "cors_preflight": apigatewayv2.CorsPreflightOptions(
                        allow_origins=["https://shop.example.com"]
                    )
                },
                '"AllowOrigins": ["https://shop.example.com"]',
            ),
            "description": ({"description": "mine"}, '"Description": "mine"'),
            "ip_address_type": (
                {"ip_address_type": apigatewayv2.IpAddressType.DUAL_STACK},
                '"IpAddressType": "dualstack"',
            ),
        },
    ),
    "ReplicatedBucket": (any_of.replicated_bucket, BUCKET),
    "ReplicatedSecret": (
        any_of.replicated_secret,
        {
            "description": ({"description": "mine"}, '"Description": "mine"'),
            "removal_policy": ({"removal_policy": cdk.RemovalPolicy.DESTROY}, '"DeletionPolicy": "Delete"'),
        },
    ),
    "StaticSite": (any_of.static_site, BUCKET),
    "MailSender": (
        any_of.mail_sender,
        {
            "configuration_set_name": ({"configuration_set_name": "mine"}, '"Name": "mine"'),
            "reputation_metrics": ({"reputation_metrics": False}, '"ReputationMetricsEnabled": false'),
            "sending_enabled": ({"sending_enabled": False}, '"SendingEnabled": false'),
            "suppression_reasons": (
                {"suppression_reasons": ses.SuppressionReasons.BOUNCES_ONLY},
                '"SuppressedReasons": ["BOUNCE"]',
            ),
            "tls_policy": ({"tls_policy": ses.ConfigurationSetTlsPolicy.OPTIONAL}, '"TlsPolicy": "OPTIONAL"'),
        },
    ),
    "Watchdog": (any_of.watchdog, FUNCTION),
    "WorkQueue": (
        any_of.work_queue,
        {
            "data_key_reuse": (
                lambda stack: {**key(stack), "data_key_reuse": cdk.Duration.hours(1)},
                '"KmsDataKeyReusePeriodSeconds": 3600',
            ),
            "delivery_delay": ({"delivery_delay": cdk.Duration.seconds(9)}, '"DelaySeconds": 9'),
            "encryption": ({"encryption": sqs.QueueEncryption.KMS_MANAGED}, '"alias/aws/sqs"'),
            "encryption_master_key": (key, f'"KmsMasterKeyId": "{KEY}"'),
            "max_message_size_bytes": ({"max_message_size_bytes": 4096}, '"MaximumMessageSize": 4096'),
            "queue_name": ({"queue_name": "mine"}, '"QueueName": "mine"'),
            "removal_policy": ({"removal_policy": cdk.RemovalPolicy.RETAIN}, '"DeletionPolicy": "Retain"'),
            "retention_period": (
                {"retention_period": cdk.Duration.days(2)},
                '"MessageRetentionPeriod": 172800',
            ),
        },
    ),
}


def synthesized(construct: str, values: Values) -> str:
    stack = cdk.Stack(cdk.App(), "any", env=cdk.Environment(region=any_of.REGIONS.primary))
    OVERRIDES[construct][0](stack, **(values(stack) if callable(values) else values))
    return json.dumps(Template.from_stack(stack).to_json(), sort_keys=True)


@pytest.fixture(scope="module")
def defaults() -> dict[str, str]:
    return {construct: synthesized(construct, {}) for construct in OVERRIDES}


def should_try_out_every_key_that_is_passed_through() -> None:
    passed = {name: found for name, made in constructs().items() if (found := overrides(made))}
    assert {name: {key for key, _, _ in fields(found)} for name, found in passed.items()} == {
        name: set(keys) for name, (_, keys) in OVERRIDES.items()
    }


@pytest.mark.parametrize(
    ("construct", "key"), [(name, key) for name, (_, keys) in OVERRIDES.items() for key in keys]
)
def should_let_the_caller_win(construct: str, key: str, defaults: dict[str, str]) -> None:
    values, shown = OVERRIDES[construct][1][key]
    assert shown not in defaults[construct]
    assert shown in synthesized(construct, values)
