"""The intake function: works off the queue of files that have arrived.

A message is an event of S3's as EventBridge gives it, or `{"upload": id}` for an upload that somebody has to
look after. One that fails is tried again, and at last it lies among the dead letters.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from files.leftovers import DynamoLeftovers
from files.objects import Bucket, S3Objects
from files.store import DynamoStore
from files.take_in import Desk, look_after, take_in
from functions.intake.env import Environment
from notices.courier import QueueCourier
from telemetry.log import log_call
from users.change import Realm
from users.store import DynamoStore as Users
from web.clients.config import WORK
from web.clients.dynamodb import dynamodb
from web.clients.s3 import s3
from web.clients.sqs import sqs
from web.environment import read

Event = Mapping[str, Any]


def make(environment: Environment) -> Callable[[Event, object], dict[str, Any]]:
    """The function with its clients."""
    region, peer = environment.aws_region, environment.peer_region
    tables = dynamodb(WORK)
    buckets = {
        region: Bucket(name=environment.uploads_bucket, client=s3(region, WORK)),
        peer: Bucket(name=environment.peer_uploads_bucket, client=s3(peer, WORK)),
    }
    desk = Desk(
        region=region,
        regions=(region, peer),
        store=DynamoStore(tables, environment.table_name, QueueCourier(sqs, environment.notifier_queue)),
        leftovers=DynamoLeftovers(tables, environment.table_name),
        objects=S3Objects(buckets, region),
        users=Realm(store=Users(tables, environment.table_name), namespace=environment.user_namespace),
    )

    def work(batch: Event, context: object) -> dict[str, Any]:  # noqa: ARG001
        """What has failed of a batch, so that only that comes again."""
        failed = []
        for record in batch["Records"]:
            tries = int(record["attributes"]["ApproximateReceiveCount"])
            try:
                outcome, fault = _do(desk, json.loads(record["body"])), None
            except Exception as error:
                outcome, fault = "unexpected", error
                failed.append({"itemIdentifier": record["messageId"]})
            log_call("file", fault=fault, region=region, outcome=outcome, tries=tries)
        return {"batchItemFailures": failed}

    return work


def _do(desk: Desk, message: Event) -> str:
    if "upload" in message:
        return look_after(desk, message["upload"])
    arrived = message["detail"]["object"]
    return take_in(desk, arrived["key"], arrived["version-id"])


handler = make(read(Environment))
