"""AWS::S3::Bucket: encryption, lifecycle, ownership and tags, which MiniStack drops.

They are handed to the functions that serve the API's own calls, in the API's XML.
"""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from ministack.core.responses import get_account_id, get_region
from ministack.services import s3
from ministack.services.cloudformation import provisioners

TYPE = "AWS::S3::Bucket"

Properties = dict[str, Any]
Answer = tuple[int, dict[str, str], Any]


def to_xml(name: str, content: dict[str, Any]) -> bytes:
    """`content` as an XML document: a list repeats its element, null leaves it out."""

    def add(parent: ElementTree.Element, tag: str, value: object) -> None:
        for one in value if isinstance(value, list) else [value]:
            if one is None:
                continue
            element = ElementTree.SubElement(parent, tag)
            if isinstance(one, dict):
                for key, child in one.items():
                    add(element, key, child)
            else:
                element.text = str(one).lower() if isinstance(one, bool) else str(one)

    root = ElementTree.Element(name, xmlns=s3.S3_NS)
    for key, value in content.items():
        add(root, key, value)
    document: bytes = ElementTree.tostring(root, encoding="utf-8")
    return document


def _encryption(value: Properties) -> bytes:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault"),
            "BucketKeyEnabled": rule.get("BucketKeyEnabled"),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return to_xml("ServerSideEncryptionConfiguration", {"Rule": rules})


def _lifecycle(value: Properties) -> bytes:
    def rule(one: Properties) -> Properties:
        expiration = one.get("ExpirationInDays")
        return {
            "ID": one.get("Id"),
            "Status": one["Status"],
            "Filter": {"Prefix": one.get("Prefix", "")},
            "Expiration": {"Days": expiration} if expiration is not None else None,
            "NoncurrentVersionExpiration": one.get("NoncurrentVersionExpiration"),
            "AbortIncompleteMultipartUpload": one.get("AbortIncompleteMultipartUpload"),
        }

    return to_xml("LifecycleConfiguration", {"Rule": [rule(one) for one in value["Rules"]]})


def _ownership(value: Properties) -> bytes:
    return to_xml("OwnershipControls", {"Rule": value["Rules"]})


def _tags(value: list[Properties]) -> bytes:
    return to_xml("Tagging", {"TagSet": {"Tag": value}})


_CONFIGURATIONS: dict[
    str, tuple[Callable[[Any], bytes], Callable[[str, bytes], Answer], Callable[[str], Answer]]
] = {
    "BucketEncryption": (_encryption, s3._put_bucket_encryption, s3._delete_bucket_encryption),
    "LifecycleConfiguration": (_lifecycle, s3._put_bucket_lifecycle, s3._delete_bucket_lifecycle),
    "OwnershipControls": (
        _ownership,
        s3._put_bucket_ownership_controls,
        s3._delete_bucket_ownership_controls,
    ),
    "Tags": (_tags, s3._put_bucket_tagging, s3._delete_bucket_tagging),
}


def _apply(bucket: str, properties: Properties) -> None:
    for name, (document, put, clear) in _CONFIGURATIONS.items():
        value = properties.get(name)
        status, _, answer = put(bucket, document(value)) if value else clear(bucket)
        if status >= 400:
            raise ValueError(f"{TYPE} {bucket}: {name} was refused: {answer!r}")


_KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"
_resolve_encryption = s3._resolve_sse_write_headers


def _resolve_with_the_managed_key(headers: dict[str, str], bucket: str) -> Any:
    """`aws:kms` without a key means the key that AWS manages: the CDK publishes its assets so."""
    if headers.get("x-amz-server-side-encryption") == "aws:kms" and not headers.get(_KEY_HEADER):
        headers = {**headers, _KEY_HEADER: f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"}
    return _resolve_encryption(headers, bucket)


def install() -> None:
    """Apply these properties after MiniStack's own handlers."""
    handlers = provisioners._RESOURCE_HANDLERS[TYPE]
    make, change = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, Any]:
        bucket, attributes = make(logical_id, properties, stack)
        _apply(bucket, properties)
        return bucket, attributes

    def update(physical_id: str, old: Properties, new: Properties, stack: str) -> tuple[str, Any]:
        bucket, attributes = change(physical_id, old, new, stack)
        _apply(bucket, new)
        return bucket, attributes

    handlers.update(create=create, update=update)
    s3._resolve_sse_write_headers = _resolve_with_the_managed_key
