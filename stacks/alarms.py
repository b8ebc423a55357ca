"""What is watched of each stack: everything in it that has rows in the table of alarms."""

import json
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct, IConstruct

from stacks.code import OPENAPI
from stacks.compute import ComputeStack
from stacks.edge import EdgeStack
from stacks.replication import ReplicationStack
from stacks.settings import EDGE_REGION, Settings
from stacks.stateful import DUE, EVERYBODYS_UPLOADS, LISTS
from stacks.watch import WatchStack
from twinhull import Firewall, LiveFunction, RegionalApi, WorkQueue
from twinhull.alarms import watched
from twinhull.alarms.factory import Alarms
from twinhull.alarms.queries import SavedQueries
from twinhull.alarms.topics import AlarmTopics, NamedTopics, Notified
from twinhull.bucket_replication import RULE
from twinhull.regional_api import operations

#: How often schedules call a function, by the function's id.
SCHEDULED: Final[Mapping[str, Duration]] = {
    "KeyRotation": Duration.hours(1),
    "Sweeper": Duration.minutes(1),
    "Watchdog": Duration.minutes(1),
}

#: What requests do with each table. Users and uploads are deleted by work that is seen when it waits
#: (`DueWorkLate`, `QueueAge`); whoever has logged in notices nothing when failures are not forgotten.
USERS: Final = ("GetItem", "PutItem", "UpdateItem", "Query")
THROTTLES: Final = ("GetItem", "PutItem")

C = TypeVar("C", bound=IConstruct)


def watch_compute(stack: ComputeStack, settings: Settings) -> None:
    """A region's functions, API, queues, tables and mail, and what its functions count."""
    behind_api = {each.function for each in operations(json.loads(OPENAPI.read_text()))}
    alarms = _alarms(stack, settings, NamedTopics(Construct(stack, "Topics"), name=settings.name))
    functions = list(_found(stack, LiveFunction))
    for function in functions:
        alarms.watch(
            *watched.of_function(
                function,
                behind_api=function.package.name in behind_api,
                every=SCHEDULED.get(function.node.id),
            )
        )
    for api in _found(stack, RegionalApi):
        alarms.watch(*watched.of_api(api, is_probed=settings.watchdog != "off"))
    for queue in _found(stack, WorkQueue):
        alarms.watch(*watched.of_queue(queue))
    hot = [LISTS[0]["name"], EVERYBODYS_UPLOADS["name"]]  # the lists of one kind are written together
    alarms.watch(
        *watched.of_table(
            settings.table_name,
            USERS,
            timed=["GetItem", "UpdateItem"],
            indexes=[*hot, DUE["name"]],
            hot=hot,
        ),
        *watched.of_table(settings.throttles_table_name, THROTTLES, timed=["PutItem"]),
        watched.of_account(),
        watched.of_application(settings.name),
    )
    by_id = {function.node.id: function for function in functions}
    if settings.sender and "Notifier" in by_id:
        alarms.watch(watched.of_mail(settings.name))
    if sweeper := by_id.get("Sweeper"):
        alarms.watch(*watched.of_due_work(settings.name, sweeper))
    if "KeyRotation" in by_id:
        alarms.watch(watched.of_rotation(settings.name, settings.key_rotation_days))
    if settings.alarms == "full":
        alarms.join(
            "RegionUnhealthy",
            alarms=["ApiErrors", "BurnFast", "TableSystemErrors", "TrafficGone", "AccountConcurrency"],
            feels="This region serves badly or not at all; the other one takes what fails over.",
            runbook="region",
        )
    SavedQueries(
        stack,
        "Queries",
        name=settings.name,
        log_groups=[one.log_group for one in functions],
    )


def watch_replication(stack: ReplicationStack, settings: Settings) -> None:
    """How far the copies of this region's files are behind."""
    peer = settings.regions.peer(stack.region)
    source, destination = map(settings.uploads_bucket_name, (stack.region, peer))
    alarms = _alarms(stack, settings, NamedTopics(Construct(stack, "Topics"), name=settings.name))
    alarms.watch(watched.of_replication(source, destination, RULE))


def watch_edge(stack: EdgeStack, settings: Settings) -> None:
    """The distribution, its functions, and what stands before it."""
    alarms = _alarms(stack, settings, _topics_of_the_edge(stack, settings))
    alarms.watch(
        watched.of_distribution(stack.distribution),
        *map(watched.of_edge_function, _found(stack, cloudfront.Function)),
        *map(watched.of_firewall, _found(stack, Firewall)),
    )
    if stack.certificate:
        alarms.watch(watched.of_certificate(stack.certificate))


def watch_watch(stack: WatchStack, settings: Settings) -> None:
    """The watchdog, and what it sees of the other region."""
    alarms = _alarms(stack, settings, NamedTopics(Construct(stack, "Topics"), name=settings.name))
    alarms.watch(
        *watched.of_function(stack.function, every=SCHEDULED["Watchdog"]),
        *watched.of_peer(settings.name, settings.regions.peer(stack.region), stack.function),
    )


def _alarms(stack: Stack, settings: Settings, topics: Notified) -> Alarms:
    return Alarms(stack, "Alarms", name=settings.name, topics=topics, mode=settings.alarms)


def _topics_of_the_edge(stack: Stack, settings: Settings) -> Notified:
    if EDGE_REGION in settings.regions.serving:
        return NamedTopics(Construct(stack, "Topics"), name=settings.name)
    return AlarmTopics(stack, "Topics", name=settings.name, pages=settings.paged, tickets=settings.ticketed)


def _found(stack: Stack, kind: type[C]) -> Iterator[C]:
    for each in stack.node.find_all():
        if isinstance(each, kind):
            yield each
