"""What there is to watch of each construct."""

from collections.abc import Iterator, Sequence
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront

from twinhull.alarms.row import Kind, Watched
from twinhull.firewall import Firewall
from twinhull.live_function import LiveFunction
from twinhull.regional_api import RegionalApi
from twinhull.work_queue import WorkQueue

#: What `aws_lambda.Function` waits for when nothing is said.
DEFAULT_TIMEOUT: Final = Duration.seconds(3)


def of_function(
    function: LiveFunction,
    *,
    behind_api: bool = False,
    asynchronous: bool = False,
    every: Duration | None = None,
) -> Iterator[Watched]:
    """A function, by its live alias.

    :param behind_api: somebody waits for its answers.
    :param asynchronous: events call it, and nobody waits.
    :param every: a schedule calls it so often.
    """
    dimensions = _live(function)
    limits = {"timeout_ms": float((function.function.timeout or DEFAULT_TIMEOUT).to_milliseconds())}
    shown = function.node.path.partition("/")[2].removesuffix("/Resource").replace("/", "-")
    kinds: tuple[tuple[str, bool], ...] = (
        ("function", True),
        ("behind-api", behind_api),
        ("worker", not behind_api),
        ("asynchronous", asynchronous or every is not None),
        ("schedule", every is not None),
    )
    for kind, is_so in kinds:
        if is_so:
            more = {"every": float(every.to_seconds())} if every else {}
            yield Watched(kind=kind, name=shown, dimensions=dimensions, limits=limits | more)  # type: ignore[arg-type]


def of_api(api: RegionalApi, *, is_probed: bool = False) -> Iterator[Watched]:
    """The only stage of an API.

    :param is_probed: somebody asks each minute, so that no traffic is a sign.
    """
    dimensions = {"ApiId": api.api.api_id, "Stage": api.stage.stage_name}
    yield Watched(kind="api", name=api.node.id, dimensions=dimensions)
    if is_probed:
        yield Watched(kind="probed-api", name=api.node.id, dimensions=dimensions)


def of_table(
    table_name: str,
    operations: Sequence[str],
    *,
    timed: Sequence[str],
    indexes: Sequence[str] = (),
    hot: Sequence[str] = (),
) -> Iterator[Watched]:
    """The replica of a table in the region of the alarms.

    :param operations: those whose failures count, like `GetItem`.
    :param timed: those whose latency stands for that of the others: a read and a write of each consistency.
    :param indexes: the names of its global secondary indexes; one stands for those that are written together.
    :param hot: the indexes with one partition for all their items.
    """
    kinds: tuple[tuple[Kind, str, Sequence[str]], ...] = (
        ("table", "Operation", operations),
        ("timed-table", "Operation", timed),
        ("index", "GlobalSecondaryIndexName", indexes),
        ("hot-index", "GlobalSecondaryIndexName", hot),
    )
    for kind, dimension, values in kinds:
        if values:
            each = {dimension: tuple(values)}
            yield Watched(kind=kind, name=table_name, dimensions={"TableName": table_name}, each=each)


def of_queue(work: WorkQueue) -> Iterator[Watched]:
    """A queue and its dead letters."""
    name = work.node.id
    yield Watched(kind="queue", name=name, dimensions={"QueueName": work.queue.queue_name})
    dead = {"QueueName": work.dead_letter_queue.queue_name}
    yield Watched(kind="dead-letters", name=name, dimensions=dead)


def of_replication(source: str, destination: str, rule: str) -> Watched:
    """A rule by which one bucket is copied to another, by the name of each."""
    dimensions = {"SourceBucket": source, "DestinationBucket": destination, "RuleId": rule}
    return Watched(kind="replication", name=rule, dimensions=dimensions)


def of_mail(deployment: str) -> Watched:
    """The sending of mail of this account in this region."""
    return Watched(kind="mail", name="mail", dimensions={"Deployment": deployment})


def of_account(concurrency: int = 1000) -> Watched:
    """The account in this region, with its quota of calls at once."""
    return Watched(kind="account", name="account", limits={"concurrency": concurrency})


def of_application(deployment: str) -> Watched:
    """What the functions of a deployment count."""
    return Watched(kind="application", name="people", dimensions={"Deployment": deployment})


def of_due_work(deployment: str, sweeper: LiveFunction) -> Iterator[Watched]:
    """What the sweeper of this region measures, and whether it comes to an end."""
    yield Watched(kind="due-work", name="sweeper", dimensions={"Deployment": deployment})
    yield Watched(kind="sweeper", name="sweeper", dimensions=_live(sweeper))


def of_rotation(deployment: str, days: int) -> Watched:
    """The rotation of the keys, each of which signs so many days, and two more until it is noticed."""
    limits = {"latest_days": float(days + 2)}
    return Watched(kind="rotation", name="keys", dimensions={"Deployment": deployment}, limits=limits)


def of_distribution(distribution: cloudfront.Distribution) -> Watched:
    """A distribution."""
    dimensions = {"DistributionId": distribution.distribution_id, "Region": "Global"}
    return Watched(kind="distribution", name="edge", dimensions=dimensions)


def of_edge_function(function: cloudfront.Function) -> Watched:
    """A function of CloudFront's."""
    dimensions = {"FunctionName": function.function_name, "Region": "Global"}
    return Watched(kind="edge-function", name=function.node.id, dimensions=dimensions)


def of_firewall(firewall: Firewall) -> Watched:
    """A firewall with all its rules: WAF names its metrics by the metric's name in the template."""
    return Watched(
        kind="firewall", name="firewall", dimensions={"WebACL": firewall.metric_name, "Rule": "ALL"}
    )


def of_certificate(certificate: acm.ICertificate) -> Watched:
    """A certificate."""
    dimensions = {"CertificateArn": certificate.certificate_arn}
    return Watched(kind="certificate", name="certificate", dimensions=dimensions)


def of_peer(deployment: str, peer: str, watchdog: LiveFunction) -> Iterator[Watched]:
    """The other region as the watchdog of this one sees it, and whether one of them is drained."""
    dimensions = {"Deployment": deployment}
    yield Watched(kind="peer", name=peer, dimensions={**dimensions, "Peer": peer})
    yield Watched(kind="watchdog", name=peer, dimensions=_live(watchdog))
    yield Watched(kind="drain", name="drain", dimensions=dimensions)


def _live(function: LiveFunction) -> dict[str, str]:
    """The dimensions of the metrics of a function's live alias."""
    name, alias = function.function.function_name, function.alias.alias_name
    return {"FunctionName": name, "Resource": f"{name}:{alias}"}
