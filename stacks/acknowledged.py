"""What the checks of the templates (cdk-nag's AwsSolutions) find, and why it is meant.

Each entry is one rule at one resource. Whatever is not here fails the synthesis; an entry for something that
is not found fails a test.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Acknowledgment, App, Validations

from stacks.code import OPENAPI
from stacks.settings import UPLOADS, Settings
from twinhull.regional_api import operations

CALLS_AWS = "AWS679f53fac002430cb0da5b7982bd2287"
COPIES_FILES = "Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C"


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A rule that is not kept at one resource, by its path, and the reason."""

    path: str
    rule: str
    reason: str


def acknowledge(app: App, settings: Settings) -> None:
    """Acknowledge everything that stands here.

    :raises KeyError: there is no such resource.
    """
    for entry in entries(settings):
        construct = app.node.find_child(entry.path.partition("/")[0])
        for name in entry.path.split("/")[1:]:
            construct = construct.node.find_child(name)
        rule = f"AwsSolutions::AwsSolutions-{entry.rule}"
        Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=entry.reason))


def entries(settings: Settings) -> Iterator[Acknowledged]:
    """All of them, for a deployment with these settings."""
    for region in settings.regions.serving:
        yield from _of_stateful(settings, region)
        yield from _of_compute(settings, region)
        yield from _of_files(settings, region)
        yield from _of_copying(f"{settings.name}-pages-{region}", settings, region, by_name=True)
        if settings.watchdog != "off":
            yield _of_runtime(f"{settings.name}-watch-{region}/Watchdog/Resource")
    yield from _of_edge(settings)


def _of_stateful(settings: Settings, region: str) -> Iterator[Acknowledged]:
    stack = f"{settings.name}-stateful-{region}"
    yield Acknowledged(
        path=f"{stack}/Site/Resource/Resource",
        rule="S1",
        reason="It holds the public page, and only the distribution reads it; the APIs log requests.",
    )
    yield Acknowledged(
        path=f"{stack}/Uploads/Resource/Resource",
        rule="S1",
        reason="Only functions of ours and forms that they sign reach it; each of their calls is logged.",
    )
    yield from _of_copying(stack, settings, region, by_name=False)
    if region == settings.primary_region:
        yield Acknowledged(
            path=f"{stack}/Origin/Resource/Resource",
            rule="SMG4",
            reason="Its value is also in the distribution: it changes with a deployment, in several steps.",
        )
        yield Acknowledged(
            path=f"{stack}/Keys/Resource/Resource",
            rule="SMG4",
            reason="A function of ours rotates it: Secrets Manager would replace the value at once.",
        )


def _of_compute(settings: Settings, region: str) -> Iterator[Acknowledged]:
    stack = f"{settings.name}-compute-{region}"
    for name in ("Accounts", "Directory", "Intake", "Operator", "Notifier", "Uploads"):
        yield _of_runtime(f"{stack}/{name}")
        yield _of_traces(f"{stack}/{name}")
    for name in ("Health", "Sweeper"):
        yield _of_runtime(f"{stack}/{name}")
    copies = f"arn:<AWS::Partition>:dynamodb:{region}:<AWS::AccountId>:table/{settings.earlier_tables}*"
    yield Acknowledged(
        path=f"{stack}/Operator/Role/DefaultPolicy/Resource",
        rule=f"IAM5[Resource::{copies}]",
        reason="Copies of the users' table as of a moment: operators make them, and no request reaches them.",
    )
    if region == settings.primary_region:
        yield _of_runtime(f"{stack}/KeyRotation")
    for operation in operations(json.loads(OPENAPI.read_text())):
        yield _of_route(stack, operation.id)
    yield _of_route(stack, "Default")


def _of_route(stack: str, name: str) -> Acknowledged:
    return Acknowledged(
        path=f"{stack}/Api/{name}Route",
        rule="APIG4",
        reason="The function judges, by the origin's secret and by the session as openapi.json says.",
    )


def _of_traces(path: str) -> Acknowledged:
    return Acknowledged(
        path=f"{path}/Role/DefaultPolicy/Resource",
        rule="IAM5[Resource::*]",
        reason="X-Ray has no resources to name: it accepts traces for an account.",
    )


def _of_runtime(path: str) -> Acknowledged:
    return Acknowledged(
        path=f"{path}/Resource/Resource",
        rule="L1",
        reason="Packages are locked and tested for Python 3.13, which AWS maintains until 2029.",
    )


def _of_copying(stack: str, settings: Settings, region: str, *, by_name: bool) -> Iterator[Acknowledged]:
    reason = "The CDK's own function, which copies the page into our bucket; no request reaches it."
    bucket = (
        f"arn:<AWS::Partition>:s3:::{settings.name}-site-<AWS::AccountId>-{region}"
        if by_name
        else "<Site03B75BBB.Arn>"
    )
    assets = f"arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-{region}"
    policy = f"{stack}/{COPIES_FILES}/ServiceRole/DefaultPolicy/Resource"
    for action in ("GetObject*", "GetBucket*", "List*", "DeleteObject*", "Abort*"):
        yield Acknowledged(path=policy, rule=f"IAM5[Action::s3:{action}]", reason=reason)
    for place in (bucket, assets):
        yield Acknowledged(path=policy, rule=f"IAM5[Resource::{place}/*]", reason=reason)
    managed = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    yield Acknowledged(
        path=f"{stack}/{COPIES_FILES}/ServiceRole/Resource", rule=f"IAM4[Policy::{managed}]", reason=reason
    )
    yield Acknowledged(path=f"{stack}/{COPIES_FILES}/Resource", rule="L1", reason=reason)


def _of_files(settings: Settings, region: str) -> Iterator[Acknowledged]:
    here, peer = (_uploads(settings, one) for one in (region, settings.regions.peer(region)))
    own = settings.uploads_prefix(region)
    policies = {
        "Uploads": (f"{here}/{UPLOADS}", f"{here}/{own}", f"{peer}/{UPLOADS}"),
        "Intake": (f"{here}/{UPLOADS}", f"{peer}/{UPLOADS}"),
        "Sweeper": (f"{here}/{UPLOADS}", f"{peer}/{UPLOADS}"),
    }
    for function, places in policies.items():
        for place in places:
            yield Acknowledged(
                path=f"{settings.name}-compute-{region}/{function}/Role/DefaultPolicy/Resource",
                rule=f"IAM5[Resource::{place}*]",
                reason="People's files have keys that nobody knows before; nothing else has this prefix.",
            )
    stack = f"{settings.name}-replication-{region}"
    for place in (here, peer):
        yield Acknowledged(
            path=f"{stack}/Replication/Role/DefaultPolicy/Resource",
            rule=f"IAM5[Resource::{place}/{own}*]",
            reason="All that people have sent to this region is copied, and nothing else.",
        )
    managed = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    yield Acknowledged(
        path=f"{stack}/{CALLS_AWS}/ServiceRole/Resource",
        rule=f"IAM4[Policy::{managed}]",
        reason="The CDK's own function, which switches replication on; no request reaches it.",
    )


def _uploads(settings: Settings, region: str) -> str:
    return f"arn:<AWS::Partition>:s3:::{settings.name}-uploads-<AWS::AccountId>-{region}"


def _of_edge(settings: Settings) -> Iterator[Acknowledged]:
    path = f"{settings.name}-edge/Distribution/Resource/Resource"
    yield Acknowledged(path=path, rule="CFR1", reason="People in every country may use it.")
    yield Acknowledged(
        path=path,
        rule="CFR3",
        reason="It would keep people's addresses with every page they open; the APIs log without.",
    )
    if not settings.domain_name:
        yield Acknowledged(
            path=path,
            rule="CFR4",
            reason="CloudFront's own certificate has its own lowest version; a domain_name has TLS 1.2.",
        )
    if not settings.firewall:
        yield Acknowledged(path=path, rule="CFR2", reason="The setting firewall says so.")
