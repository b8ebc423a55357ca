"""Sending messages back that failed again and again, when what they failed at is mended.

SQS moves them itself where it can. Elsewhere each is sent before it is deleted: an interruption can leave one
twice, and never none.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment, Queue, Region
from twinhull.ops.trouble import Exit, TroubleError, explained, interrupted

Say = Callable[[str], None]

PATIENCE: Final = 600.0
PAUSE: Final = 1.0
BATCH: Final = 10

#: How long a message that was received stays hidden: it is sent and deleted at once.
HIDDEN_SECONDS: Final = 60

#: What a service says that knows no such operation.
_NO_SUCH: Final = frozenset({"InvalidAction", "UnknownOperationException", "NotImplemented"})


@dataclass(frozen=True, kw_only=True)
class Moved:
    """How many messages were sent back in a region."""

    region: str
    queue: str
    moved: int


def regions_with(deployment: Deployment, noun: str, region: str | None = None) -> list[Region]:
    """The regions that have a queue, or the one that is named.

    :raises TroubleError: there is no such region, or no such queue.
    """
    regions = [deployment.region(region)] if region else list(deployment.regions)
    found = [each for each in regions if noun in each.queues]
    if not found:
        names = sorted({name for each in regions for name in each.queues})
        there = f"there are {', '.join(names)}" if names else "there are none"
        raise TroubleError("no-such-queue", f"{deployment.name} has no queue {noun}; {there}.", Exit.USAGE)
    return found


def redrive(cloud: Cloud, region: Region, noun: str, say: Say = lambda _: None) -> Moved:
    """Send the dead letters of a region's queue back to it, to be tried anew.

    :raises TroubleError: SQS cannot be asked, or it does not end in time; what was not moved stays aside.
    """
    queue, sqs = region.queues[noun], cloud.client("sqs", region.name)
    doing = f"moving the dead letters of {noun} in {region.name}"
    with interrupted(f"what was not yet moved in {region.name} stays aside; the same command goes on."):
        try:
            moved = _move(sqs, queue)
            if moved is None:
                moved = _carry(sqs, queue)
        except (BotoCoreError, ClientError) as error:
            raise explained(error, doing) from error
    say(f"✓ {region.name}: {moved} sent back")
    return Moved(region=region.name, queue=noun, moved=moved)


def _move(sqs: Any, queue: Queue) -> int | None:
    """Let SQS do it; None if it cannot."""
    source, target = _arn(sqs, queue.dead_letters), _arn(sqs, queue.url)
    try:
        sqs.start_message_move_task(SourceArn=source, DestinationArn=target)
    except ClientError as error:
        if error.response["Error"]["Code"].rpartition(".")[2] in _NO_SUCH:
            return None
        if not _is_moving(sqs, source):
            raise
    deadline = time.monotonic() + PATIENCE
    while _is_moving(sqs, source):
        if time.monotonic() >= deadline:
            raise TroubleError("not-yet", "SQS is still moving messages; it goes on by itself.")
        time.sleep(PAUSE)
    task = _latest(sqs, source)
    if task["Status"] != "COMPLETED":
        reason = task.get("FailureReason", task["Status"])
        raise TroubleError("not-moved", f"SQS did not move everything ({reason}); what is left stays aside.")
    return int(task.get("ApproximateNumberOfMessagesMoved", 0))


def _latest(sqs: Any, source: str) -> Any:
    found = sqs.list_message_move_tasks(SourceArn=source, MaxResults=1).get("Results", [])
    return found[0] if found else {"Status": "not there"}


def _is_moving(sqs: Any, source: str) -> bool:
    """Also one that somebody else, or an interrupted command, has started."""
    return bool(_latest(sqs, source)["Status"] == "RUNNING")


def _carry(sqs: Any, queue: Queue) -> int:
    """Receive, send, delete; until nothing is received."""
    moved = 0
    while messages := sqs.receive_message(
        QueueUrl=queue.dead_letters,
        MaxNumberOfMessages=BATCH,
        MessageAttributeNames=["All"],
        VisibilityTimeout=HIDDEN_SECONDS,
    ).get("Messages", []):
        for message in messages:
            attributes = message.get("MessageAttributes")
            other = {"MessageAttributes": attributes} if attributes else {}
            sqs.send_message(QueueUrl=queue.url, MessageBody=message["Body"], **other)
            sqs.delete_message(QueueUrl=queue.dead_letters, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def _arn(sqs: Any, url: str) -> str:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])
