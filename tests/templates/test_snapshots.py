"""Every stack and every construct as it was last reviewed.

`make test ARGS=--snapshot-update` accepts a change; the diff of the snapshots is what a reviewer reads.
"""

import re
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from tests.templates.order import STACKS
from tests.templates.test_mail_sender import mail_sender
from tests.templates.test_watchdog import watchdog
from tests.templates.test_work_queue import work_queue
from tools.assembly import Assembly
from tools.readable import in_a_line, masked, readable
from twinhull import (
    Alarms,
    AlarmTopics,
    BucketReplication,
    FailoverDistribution,
    Firewall,
    GlobalTable,
    KeyRotation,
    LiveFunction,
    PythonPackage,
    RegionalApi,
    Regions,
    ReplicatedBucket,
    ReplicatedSecret,
    SavedQueries,
    StaticSite,
)
from twinhull.alarms.watched import of_account

#: They have a snapshot of their own.
ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")

REGIONS = Regions(primary="eu-west-1", secondary="eu-central-1", witness="eu-west-3")


def any_function(stack: cdk.Stack, id: str = "Any", **overrides: Any) -> LiveFunction:
    package = PythonPackage(name="any", files={"any.py": b"def handler(*_): ..."}, requirements=())
    return LiveFunction(stack, id, package=package, handler="any.handler", **overrides)


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


CONSTRUCTS: tuple[Callable[[cdk.Stack], object], ...] = (
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


def should_have_a_snapshot_of_each_stack(assembly: Assembly) -> None:
    assert set(STACKS) == set(assembly.stacks)


@pytest.mark.parametrize("stack", STACKS)
def should_synthesize_the_reviewed_stack(
    stack: str, assembly: Assembly, snapshot_json: SnapshotAssertion
) -> None:
    template = assembly.templates[stack]
    kept = {id: body for id, body in template["Resources"].items() if body["Type"] not in ALARMS}
    assert readable({**template, "Resources": kept}) == snapshot_json


def should_synthesize_the_reviewed_alarms(assembly: Assembly, snapshot_json: SnapshotAssertion) -> None:
    """Each in a line: what it looks at, from when on, how often, and whom it tells."""
    lines = {
        f"{one.region} {one.properties['AlarmName']}": in_a_line(one.properties)
        for one in assembly.resources(*ALARMS)
    }
    assert lines == snapshot_json


@pytest.mark.parametrize("build", CONSTRUCTS, ids=lambda build: build.__name__)
def should_synthesize_the_reviewed_construct(
    build: Callable[[cdk.Stack], object], snapshot_json: SnapshotAssertion
) -> None:
    region = "us-east-1" if build is firewall else REGIONS.primary
    stack = cdk.Stack(cdk.App(), "any", env=cdk.Environment(region=region))
    build(stack)
    assert readable(dict(Template.from_stack(stack).to_json())) == snapshot_json


def should_keep_every_logical_id(assembly: Assembly, snapshot_json: SnapshotAssertion) -> None:
    """A resource with another id is another resource: CloudFormation replaces it, with all it holds."""
    ids = {
        stack: {
            id: f"{body['Type']} {body.get('Metadata', {}).get('aws:cdk:path', '').partition('/')[2]}"
            for id, body in template["Resources"].items()
        }
        for stack, template in assembly.templates.items()
    }
    assert masked(ids) == snapshot_json


def should_not_depend_on_code_or_dependencies(assembly: Assembly) -> None:
    templates = str([readable(template) for template in assembly.templates.values()])
    # The CDK's name for the function by which its custom resources call AWS, whatever its code.
    templates = templates.replace("AWS679f53fac002430cb0da5b7982bd2287", "")
    assert not re.findall(r"[0-9a-f]{32,}", templates)
