"""Clients for tables."""

from typing import TYPE_CHECKING, cast

from botocore.config import Config

from web.budget import limit
from web.clients.config import REQUEST
from web.clients.session import session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def dynamodb(config: Config = REQUEST) -> "DynamoDBClient":
    """A client for the tables of this region."""
    client = cast("DynamoDBClient", session().create_client("dynamodb", config=config))
    limit(client)
    return client
