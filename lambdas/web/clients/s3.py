"""Clients for buckets."""

from typing import TYPE_CHECKING, cast

from botocore.config import Config

from web.budget import limit
from web.clients.config import REQUEST
from web.clients.session import session

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def s3(region: str, config: Config = REQUEST) -> "S3Client":
    """A client for a region's buckets."""
    client = cast("S3Client", session().create_client("s3", region_name=region, config=config))
    limit(client)
    return client
