"""AWS clients that fail fast enough for a request to be answered, here or in the other region."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from web.budget import limit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

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
# Nobody waits for a letter, and the SDK must not send it twice: who sends it tries again by himself.
ONCE = Config(connect_timeout=2, read_timeout=5, retries={"mode": "legacy", "total_max_attempts": 1})
#: For work that nobody waits for, in a function that is called again when it fails.
WORK = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "legacy", "total_max_attempts": 2},
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


def sqs() -> "SQSClient":
    """A client for the queues of this region, within what is left of a request's time."""
    client = boto3.client("sqs", config=ONE_SECOND)
    limit(client)
    return client


def ses() -> "SESV2Client":
    """A client for the e-mail of this region."""
    return boto3.client("sesv2", config=ONCE)


def parameters() -> "SSMClient":
    """A client for the parameters of this region."""
    return boto3.client("ssm", config=ONCE)


def s3(region: str, config: Config = REQUEST) -> "S3Client":
    """A client for a region's buckets."""
    client = boto3.client("s3", region_name=region, config=config)
    limit(client)
    return client
