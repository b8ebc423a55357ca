"""The edge, as anybody meets it, and the key-value store that it obeys."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.asking import Heard, ask
from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import EDGE_REGION, Deployment
from twinhull.ops.trouble import explained

DRAINED: Final = "drained"

#: What the store says when another version was meant.
_CHANGED: Final = frozenset({"ConflictException", "ValidationException"})


@dataclass(frozen=True, kw_only=True)
class Drained:
    """What the store says: its version, the region that is drained, and when it last changed."""

    version: str
    region: str | None
    since: datetime | None = None


class Store:
    """CloudFront's key-value store. Each write names the version that it has seen."""

    def __init__(self, cloud: Cloud, deployment: Deployment) -> None:
        self._cloud = cloud
        self._arn = deployment.key_value_store

    def read(self) -> Drained:
        """The version before the value: the other way round, a write between the two would be overwritten.

        :raises TroubleError: it cannot be read.
        """
        try:
            described = self._client.describe_key_value_store(KvsARN=self._arn)
            value = self._value()
        except (BotoCoreError, ClientError) as error:
            raise explained(error, "reading the key-value store of the edge") from error
        since = described.get("LastModified") if value else None
        return Drained(version=str(described["ETag"]), region=value, since=since)

    def drain(self, region: str, version: str) -> bool:
        """Let the edge send nothing to a region; False if the store has changed since this version.

        :raises TroubleError: it cannot be written, or it is not known whether it was.
        """
        return self._write("put_key", Key=DRAINED, Value=region, IfMatch=version)

    def clear(self, version: str) -> bool:
        """Let the edge send requests to both regions; False if the store has changed since this version.

        :raises TroubleError: it cannot be written, or it is not known whether it was.
        """
        return self._write("delete_key", Key=DRAINED, IfMatch=version)

    def _value(self) -> str | None:
        try:
            return str(self._client.get_key(KvsARN=self._arn, Key=DRAINED)["Value"]) or None
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise

    def _write(self, operation: str, **arguments: str) -> bool:
        try:
            getattr(self._client, operation)(KvsARN=self._arn, **arguments)
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in _CHANGED:
                return False
            raise explained(error, "writing the key-value store of the edge") from error
        return True

    @cached_property
    def _client(self) -> Any:
        return self._cloud.client("cloudfront-keyvaluestore", EDGE_REGION)


def ask_edge(cloud: Cloud, deployment: Deployment, *, avoid: str | None = None) -> Heard:
    """Send something harmless to where the edge sends writes: nothing is served at this method and path.

    A read would not do: it fails over in silence, and so says nothing of where it was sent at first.
    """
    url = cloud.page_url(deployment.url) + deployment.readiness_path
    return ask(cloud, url, method="POST", headers={"x-avoid-region": avoid} if avoid else None)


def ask_page(cloud: Cloud, deployment: Deployment) -> Heard:
    """Read the page's address."""
    return ask(cloud, cloud.page_url(deployment.url) + "/")
