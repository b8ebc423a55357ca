"""AWS clients that fail fast enough for a request to be answered, here or in the other region."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from web.budget import limit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

# botocore's own 60 s turn ten slow requests into an outage. Its legacy mode waits 50 ms before it asks
# DynamoDB again (also after a ReplicatedWriteConflictException); the standard mode waits up to a second.
REQUEST = Config(
    connect_timeout=0.5,
    read_timeout=1,
    retries={"mode": "legacy", "total_max_attempts": 2},
    tcp_keepalive=True,
)
ONE_SECOND = Config(
    connect_timeout=0.4,
    read_timeout=0.6,
    retries={"mode": "legacy", "total_max_attempts": 1},
    tcp_keepalive=True,
)


def dynamodb(config: Config = REQUEST) -> "DynamoDBClient":
    """A client for the tables of this region."""
    client = boto3.client("dynamodb", config=config)
    limit(client)
    return client


def secrets_manager() -> "SecretsManagerClient":
    """A client for the secrets of this region."""
    client = boto3.client("secretsmanager", config=REQUEST)
    limit(client)
    return client
