"""Clients for queues."""

from typing import TYPE_CHECKING, cast

from web.budget import limit
from web.clients.config import ONE_SECOND
from web.clients.session import session

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def sqs() -> "SQSClient":
    """A client for the queues of this region, within what is left of a request's time."""
    client = cast("SQSClient", session().create_client("sqs", config=ONE_SECOND))
    limit(client)
    return client
