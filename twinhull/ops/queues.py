"""How many messages wait in a region's queues, and how many lie aside."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Region
from twinhull.ops.trouble import explained

WAITING = "ApproximateNumberOfMessages"
WORKING = "ApproximateNumberOfMessagesNotVisible"


@dataclass(frozen=True)
class Counts:
    """Messages, about: that wait, that a function works on, and that failed again and again."""

    waiting: int
    working: int
    dead: int


def counts(cloud: Cloud, region: Region) -> dict[str, Counts]:
    """The counts of each queue of a region, by its noun.

    :raises TroubleError: SQS cannot be asked there.
    """
    if not region.queues:
        return {}
    sqs = cloud.client("sqs", region.name)
    try:
        return {
            noun: Counts(*_count(sqs, queue.url), sum(_count(sqs, queue.dead_letters)))
            for noun, queue in region.queues.items()
        }
    except (BotoCoreError, ClientError) as error:
        raise explained(error, f"counting the messages in {region.name}") from error


def dead_letters(cloud: Cloud, region: Region, noun: str) -> int:
    """How many messages of one queue lie aside, about.

    :raises TroubleError: SQS cannot be asked there.
    """
    try:
        return sum(_count(cloud.client("sqs", region.name), region.queues[noun].dead_letters))
    except (BotoCoreError, ClientError) as error:
        raise explained(error, f"counting the dead letters in {region.name}") from error


def _count(sqs: Any, url: str) -> tuple[int, int]:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[WAITING, WORKING])["Attributes"]
    return int(found[WAITING]), int(found[WORKING])
