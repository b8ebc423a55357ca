"""The sweeper: each minute it does what is due, its own region's first."""

from collections.abc import Callable
from typing import Any

from files.leftovers import DynamoLeftovers
from files.looks import QueueLooks
from files.objects import Away, Bucket, S3Objects
from files.purge import Uploads
from files.store import DynamoStore as DynamoUploads
from functions.sweeper.env import Environment
from notices.courier import QueueCourier
from notices.index import DynamoDueIndex
from notices.sweep import Later, Sweeper
from notices.times import now
from telemetry.log import log_call, one_line
from users.change import Realm
from users.purge import purge
from users.store import DynamoStore
from web.clients.config import WORK
from web.clients.dynamodb import dynamodb
from web.clients.s3 import s3
from web.clients.sqs import sqs
from web.environment import read

#: What is left to do when so little time is left is done a minute later.
LEAST_MS = 10_000


class Unfinished(Exception):  # noqa: N818
    """Something that is due could not be done; it is tried again, and the lines before say what it was."""


def make(environment: Environment) -> Callable[[object, Any], dict[str, int]]:
    """The function with its clients."""
    client = dynamodb()
    people = DynamoStore(client, environment.table_name)
    realm = Realm(store=people, namespace=environment.user_namespace)
    region, peer = environment.aws_region, environment.peer_region
    buckets = {
        region: Bucket(name=environment.uploads_bucket, client=s3(region, WORK)),
        peer: Bucket(name=environment.peer_uploads_bucket, client=s3(peer, WORK)),
    }
    kept = DynamoUploads(client, environment.table_name)
    uploads = Uploads(store=kept, objects=S3Objects(buckets, region))

    def purge_or_wait(id: str) -> None:
        try:
            purge(realm, id, uploads)
        except Away as away:
            raise Later from away

    look = QueueLooks(sqs, environment.arrivals_queue)
    leftovers = DynamoLeftovers(client, environment.table_name)
    sweeper = Sweeper(
        index=DynamoDueIndex(client, environment.table_name),
        courier=QueueCourier(sqs, environment.notifier_queue),
        duties={"user": purge_or_wait, "upload": look, "leftover": look},
        since={"user": people.due_at, "upload": kept.due_at, "leftover": leftovers.due_at},
        region=region,
        peer=peer,
        now=now,
        report=lambda fault: log_call("due", fault=fault, outcome="failed"),
    )

    def sweep(event: object, context: Any) -> dict[str, int]:  # noqa: ARG001
        """How many items were looked at, notices sent on and duties left for later, and failures there were.

        :raises Unfinished: there were some.
        """
        with one_line("sweep") as line:
            done = sweeper.sweep(lambda: context.get_remaining_time_in_millis() < LEAST_MS)
            line |= done
            if done["failures"]:
                line["outcome"] = "unfinished"
        if done["failures"]:
            raise Unfinished(f"{done['failures']} of {done['items']}")
        return dict(done)

    return sweep


handler = make(read(Environment))
