"""Each construct with values that do not matter."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from twinhull import (
    Alarms,
    AlarmTopics,
    BucketReplication,
    FailoverDistribution,
    Firewall,
    GlobalTable,
    KeyRotation,
    LiveFunction,
    MailSender,
    PythonPackage,
    RegionalApi,
    Regions,
    ReplicatedBucket,
    ReplicatedSecret,
    SavedQueries,
    StaticSite,
    Watchdog,
    WorkQueue,
)
from twinhull.alarms.watched import of_account

SENDER = "notices@example.com"
REGIONS = Regions(primary="eu-west-1", secondary="eu-central-1", witness="eu-west-3")


def any_function(stack: cdk.Stack, id: str = "Any", **arguments: Any) -> LiveFunction:
    package = PythonPackage(name="any", files={"any.py": b"def handler(*_): ..."}, requirements=())
    return LiveFunction(stack, id, package=package, handler="any.handler", **arguments)


def any_stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "any", env=cdk.Environment(region="eu-west-1"))


def work_queue(stack: cdk.Stack, **arguments: Any) -> WorkQueue:
    return WorkQueue(stack, "Work", function=any_function(stack), **arguments)


def mail_sender(stack: cdk.Stack, **arguments: Any) -> MailSender:
    return MailSender(stack, "Sender", **{"address": SENDER, "feedback": work_queue(stack), **arguments})


def watchdog(stack: cdk.Stack, **arguments: Any) -> Watchdog:
    return Watchdog(
        stack,
        "Watchdog",
        deployment="any",
        peer="eu-central-1",
        peer_domain="api.example.com",
        readiness_path="/ready",
        origin_secret_name="any",
        table_name="any",
        key_value_store_arn="arn:aws:cloudfront::111122223333:key-value-store/any",
        **arguments,
    )


def global_table(stack: cdk.Stack, **overrides: Any) -> None:
    GlobalTable(stack, "Table", table_name="any", regions=REGIONS, **overrides)


def eventual_global_table(stack: cdk.Stack, **overrides: Any) -> None:
    GlobalTable(stack, "Table", table_name="any", regions=REGIONS, consistency="eventual", **overrides)


def any_secret(stack: cdk.Stack, **overrides: Any) -> ReplicatedSecret:
    return ReplicatedSecret(
        stack,
        "Secret",
        secret_name="any",
        regions=REGIONS.serving,
        template={},
        generated_key="a",
        **overrides,
    )


def replicated_secret(stack: cdk.Stack, **overrides: Any) -> None:
    any_secret(stack, **overrides)


def key_rotation(stack: cdk.Stack, **overrides: Any) -> None:
    KeyRotation(stack, "Rotation", secret=any_secret(stack), function=any_function(stack), **overrides)


def live_function(stack: cdk.Stack, **overrides: Any) -> None:
    any_function(stack, **overrides)


def regional_api(stack: cdk.Stack, **overrides: Any) -> None:
    function = any_function(stack)
    operation = {"operationId": "read", "x-function": "any"}
    openapi = {"servers": [{"url": "/v1"}], "paths": {"/things/{id}": {"get": operation}}}
    RegionalApi(stack, "Api", openapi=openapi, functions={"any": function}, default=function, **overrides)


def static_site(stack: cdk.Stack, **overrides: Any) -> None:
    StaticSite(stack, "Site", bucket_name="any", **overrides)


def replicated_bucket(stack: cdk.Stack, **overrides: Any) -> None:
    ReplicatedBucket(stack, "Bucket", bucket_name="any", **overrides)


def bucket_replication(stack: cdk.Stack, **arguments: Any) -> None:
    names = {"source": "any-here", "destination": "any-there", "prefix": "files/here/", **arguments}
    BucketReplication(stack, "Replication", **names)


def failover_distribution(stack: cdk.Stack, **overrides: Any) -> None:
    FailoverDistribution(
        stack,
        "Distribution",
        regions=REGIONS,
        site_buckets={
            region: s3.Bucket.from_bucket_attributes(
                stack, region, bucket_name=f"any-{region}", region=region
            )
            for region in REGIONS.serving
        },
        api_domains={region: f"{region}.example.com" for region in REGIONS.serving},
        origin_secret_name="any",
        **overrides,
    )


def firewall(stack: cdk.Stack) -> None:
    Firewall(stack, "Firewall", guarded_paths=["/log-in"])


def alarm_topics(stack: cdk.Stack) -> None:
    AlarmTopics(stack, "Topics", name="any", pages=["oncall@example.com"])


def alarms(stack: cdk.Stack) -> None:
    topics = AlarmTopics(stack, "Topics", name="any")
    Alarms(stack, "Alarms", name="any", topics=topics).watch(of_account())


def saved_queries(stack: cdk.Stack) -> None:
    SavedQueries(stack, "Queries", name="any", log_groups=[any_function(stack).log_group])


BUILDERS: tuple[Callable[[cdk.Stack], object], ...] = (
    global_table,
    eventual_global_table,
    replicated_secret,
    key_rotation,
    live_function,
    regional_api,
    static_site,
    failover_distribution,
    firewall,
    watchdog,
    work_queue,
    mail_sender,
    alarm_topics,
    alarms,
    saved_queries,
    replicated_bucket,
    bucket_replication,
)
