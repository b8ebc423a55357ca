"""The files themselves: the interface, and the buckets of both regions behind it."""

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from files.model import object_key
from users.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

_MISSING = frozenset({"404", "NoSuchKey", "NoSuchVersion"})


@dataclass(frozen=True, kw_only=True)
class Found:
    """A version of an object, and its bytes."""

    version: str
    size: int


class Objects(Protocol):
    """Each method raises ``Refusal("unavailable")`` when a bucket cannot answer."""

    def look(self, key: str, version: str | None = None) -> Found | None:
        """A version in this region's bucket, the latest if none is named."""

    def read(self, key: str, version: str) -> bytes:
        """What is in it."""

    def remove(self, key: str, version: str) -> None:
        """Delete one version for good, in the buckets of both regions."""

    def is_anywhere(self, id: str) -> bool:
        """Whether a version of an upload's files lies in the bucket of either region."""

    def purge(self, id: str) -> None:
        """Delete every version of an upload's files for good, in the buckets of both regions.

        Deleting a version is never replicated, so each bucket is asked.
        """


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A region's bucket, and a client for it."""

    name: str
    client: "S3Client"


class S3Objects:
    """Objects in the buckets of the serving regions."""

    def __init__(self, buckets: Mapping[str, Bucket], region: str) -> None:
        """`buckets` is region → bucket; `region` the one that the function is in."""
        self._buckets = buckets
        self._here = buckets[region]

    def look(self, key: str, version: str | None = None) -> Found | None:
        which = {"VersionId": version} if version else {}
        try:
            with _answering():
                found = self._here.client.head_object(Bucket=self._here.name, Key=key, **which)  # type: ignore[arg-type]
        except _MissingError:
            return None
        return Found(version=found["VersionId"], size=found["ContentLength"])

    def read(self, key: str, version: str) -> bytes:
        with _answering():
            found = self._here.client.get_object(Bucket=self._here.name, Key=key, VersionId=version)
            return found["Body"].read()

    def remove(self, key: str, version: str) -> None:
        for bucket in self._buckets.values():
            with _answering():
                bucket.client.delete_object(Bucket=bucket.name, Key=key, VersionId=version)

    def is_anywhere(self, id: str) -> bool:
        with _answering():
            return any("Size" in one for _, one in self._versions(id))

    def purge(self, id: str) -> None:
        with _answering():
            for bucket, one in self._versions(id):
                bucket.client.delete_object(Bucket=bucket.name, Key=one["Key"], VersionId=one["VersionId"])

    def _versions(self, id: str) -> "Iterator[tuple[Bucket, Any]]":
        """Versions and delete markers, which have no size."""
        keys = [object_key(region, id) for region in self._buckets]
        for bucket, key in product(self._buckets.values(), keys):
            pages = bucket.client.get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=bucket.name, Prefix=key):
                for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    if one["Key"] == key:
                        yield bucket, one


class _MissingError(Exception):
    pass


@contextmanager
def _answering() -> "Iterator[None]":
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            raise _MissingError from error
        raise Refusal("unavailable") from error
    except BotoCoreError as error:
        raise Refusal("unavailable") from error
