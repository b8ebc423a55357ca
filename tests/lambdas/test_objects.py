"""Files in the buckets of both regions."""

from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from files.model import object_key
from files.objects import Away, Bucket, S3Objects
from tests.lambdas.files import HERE, THERE
from users.errors import Refusal

ID, OTHER = "upl_1", "upl_11"
NAMES = {HERE: "any-here", THERE: "any-there"}


@pytest.fixture
def buckets(aws: None) -> Iterator[dict[str, Bucket]]:
    found = {}
    for region, name in NAMES.items():
        client = boto3.client("s3", region_name=region)
        where: Any = {} if region == "us-east-1" else {"LocationConstraint": region}
        client.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        found[region] = Bucket(name=name, client=client)
    yield found
    for bucket in found.values():
        for key, version in versions(bucket):
            bucket.client.delete_object(Bucket=bucket.name, Key=key, VersionId=version)
        bucket.client.delete_bucket(Bucket=bucket.name)


def put(bucket: Bucket, key: str, content: bytes = b"any") -> str:
    return bucket.client.put_object(Bucket=bucket.name, Key=key, Body=content)["VersionId"]


def versions(bucket: Bucket) -> set[tuple[str, str]]:
    found = bucket.client.list_object_versions(Bucket=bucket.name)
    return {(one["Key"], one["VersionId"]) for one in found.get("Versions", [])} | {
        (one["Key"], one["VersionId"]) for one in found.get("DeleteMarkers", [])
    }


def should_look_at_the_latest_version_or_the_one_that_is_named(buckets: dict[str, Bucket]) -> None:
    objects, key = S3Objects(buckets, HERE), object_key(HERE, ID)
    assert objects.look(key) is None
    first, second = put(buckets[HERE], key, b"1"), put(buckets[HERE], key, b"22")
    latest, named = objects.look(key), objects.look(key, first)
    assert latest and (latest.version, latest.size) == (second, 2)
    assert named and (named.version, named.size) == (first, 1)
    assert (objects.read(key, first), objects.read(key, second)) == (b"1", b"22")


def should_look_in_its_own_region_only(buckets: dict[str, Bucket]) -> None:
    key = object_key(THERE, ID)
    put(buckets[THERE], key)
    assert S3Objects(buckets, HERE).look(key) is None


def should_remove_one_version_in_both_regions(buckets: dict[str, Bucket]) -> None:
    objects, key = S3Objects(buckets, HERE), object_key(HERE, ID)
    first, second = put(buckets[HERE], key), put(buckets[HERE], key)
    put(buckets[THERE], key)
    objects.remove(key, first)
    assert versions(buckets[HERE]) == {(key, second)}
    objects.remove(key, first)


def should_purge_every_version_and_marker_of_an_upload_and_nothing_else(buckets: dict[str, Bucket]) -> None:
    objects = S3Objects(buckets, HERE)
    kept = set()
    for bucket in buckets.values():
        for region in (HERE, THERE):
            for _ in range(2):
                put(bucket, object_key(region, ID))
            bucket.client.delete_object(Bucket=bucket.name, Key=object_key(region, ID))
            # Its key begins with the other's.
            kept.add((bucket.name, object_key(region, OTHER), put(bucket, object_key(region, OTHER))))
    objects.purge(ID)
    left = {(bucket.name, *one) for bucket in buckets.values() for one in versions(bucket)}
    assert left == kept
    objects.purge(ID)


def should_find_what_lies_in_either_region_and_no_mark_of_a_deletion(buckets: dict[str, Bucket]) -> None:
    objects, key = S3Objects(buckets, HERE), object_key(THERE, ID)
    put(buckets[THERE], object_key(THERE, OTHER))
    buckets[HERE].client.delete_object(Bucket=NAMES[HERE], Key=key)
    assert not objects.is_anywhere(ID)
    put(buckets[THERE], key)
    assert objects.is_anywhere(ID)


class Silent:
    """A client of a region that is lost."""

    def __getattr__(self, name: str) -> object:
        raise EndpointConnectionError(endpoint_url="https://any.example")


def should_tell_a_lost_region_from_a_bucket_that_refuses(buckets: dict[str, Bucket]) -> None:
    silent = Bucket(name="any", client=cast("Any", Silent()))
    for lost, expected in ((THERE, Away), (HERE, Refusal)):
        objects = S3Objects({**buckets, lost: silent}, HERE)
        for ask in (partial(objects.purge, ID), partial(objects.is_anywhere, ID)):
            with pytest.raises(Refusal) as raised:
                ask()
            assert type(raised.value) is expected
    with pytest.raises(Refusal) as raised:
        S3Objects({**buckets, THERE: Bucket(name="any-gone", client=buckets[THERE].client)}, HERE).purge(ID)
    assert type(raised.value) is Refusal


def should_spare_the_version_that_counts(buckets: dict[str, Bucket]) -> None:
    key = object_key(HERE, ID)
    put(buckets[HERE], key)
    version = put(buckets[HERE], key)
    objects = S3Objects(buckets, HERE)
    objects.purge(ID, version)
    found = buckets[HERE].client.list_object_versions(Bucket=buckets[HERE].name, Prefix=key)["Versions"]
    assert [one["VersionId"] for one in found] == [version]


def should_say_that_a_bucket_does_not_answer(buckets: dict[str, Bucket]) -> None:
    gone = {**buckets, THERE: Bucket(name="any-gone", client=buckets[THERE].client)}
    objects = S3Objects(gone, HERE)
    with pytest.raises(Refusal, match="unavailable"):
        objects.purge(ID)
    with pytest.raises(Refusal, match="unavailable"):
        objects.remove(object_key(HERE, ID), "1")
