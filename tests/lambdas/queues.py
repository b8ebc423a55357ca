"""Queues that functions send to."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from tests.lambdas.api import QUEUE, REGION


@contextmanager
def notifiers_queue() -> Iterator[Callable[[], list[Any]]]:
    """The queue that the function tells; in all other tests there is none. It gives what is in it."""
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.create_queue(QueueName=QUEUE.rpartition("/")[2])["QueueUrl"]
    assert url == QUEUE
    try:
        yield lambda: [
            json.loads(one["Body"])
            for one in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        ]
    finally:
        sqs.delete_queue(QueueUrl=url)
