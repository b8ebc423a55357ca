"""The files themselves: the interface, and the buckets of both regions behind it."""

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
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


class Away(Refusal):
    """The other region's bucket does not answer, as when that region is lost: what is left waits for it."""

    def __init__(self) -> None:
        super().__init__("unavailable")


class Objects(Protocol):
    """Each method raises ``Refusal("unavailable")`` when a bucket cannot answer, the other's ``Away``."""

    def look(self, key: str, version: str | None = None) -> Found | None:
        """A version in this region's bucket, the latest if none is named."""

    def read(self, key: str, version: str) -> bytes:
        """What is in it."""

    def remove(self, key: str, version: str) -> None:
        """Delete one version for good, in the buckets of both regions."""

    def is_anywhere(self, id: str) -> bool:
        """Whether a version of an upload's files lies in the bucket of either region."""

    def purge(self, id: str, spare: str | None = None) -> None:
        """Delete every version of an upload's files for good, but ``spare``, in the buckets of both regions.

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
            with self._answering(bucket):
                bucket.client.delete_object(Bucket=bucket.name, Key=key, VersionId=version)

    def is_anywhere(self, id: str) -> bool:
        for bucket in self._buckets.values():
            with self._answering(bucket):
                if any("Size" in one for one in self._versions(bucket, id)):
                    return True
        return False

    def purge(self, id: str, spare: str | None = None) -> None:
        for bucket in self._buckets.values():
            with self._answering(bucket):
                for one in self._versions(bucket, id):
                    if one["VersionId"] != spare:
                        bucket.client.delete_object(
                            Bucket=bucket.name, Key=one["Key"], VersionId=one["VersionId"]
                        )

    def _versions(self, bucket: Bucket, id: str) -> "Iterator[Any]":
        """Versions and delete markers, which have no size."""
        for key in [object_key(region, id) for region in self._buckets]:
            pages = bucket.client.get_paginator("list_object_versions")
            for page in pages.paginate(Bucket=bucket.name, Prefix=key):
                for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    if one["Key"] == key:
                        yield one

    @contextmanager
    def _answering(self, bucket: Bucket) -> "Iterator[None]":
        try:
            with _answering():
                yield
        except Refusal as refusal:
            # What is refused, as for want of a permission, would be refused for ever.
            if bucket is self._here or _is_refused(refusal.__cause__):
                raise
            raise Away from refusal.__cause__


class _MissingError(Exception):
    pass


def _is_refused(fault: BaseException | None) -> bool:
    return isinstance(fault, ClientError) and fault.response["ResponseMetadata"]["HTTPStatusCode"] < 500


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
