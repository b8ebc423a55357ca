"""Custom::CDKBucketDeployment: what the CDK's function does with the AWS CLI, done in the emulator.

Nothing is ever removed from the destination: our templates say `Prune: false` and `RetainOnDelete: true`,
and nothing else is accepted.
"""

import fnmatch
import io
import mimetypes
import zipfile
from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners

TYPE = "Custom::CDKBucketDeployment"

Properties = dict[str, Any]
# Types the standard table of the host may lack.
_CONTENT_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


def _true(value: object) -> bool:
    return str(value).lower() == "true"


def _chosen(name: str, properties: Properties) -> bool:
    """Whether `--exclude`, then `--include`, as the CLI applies them, leave a file in."""
    chosen = not any(fnmatch.fnmatch(name, pattern) for pattern in properties.get("Exclude") or [])
    return chosen or any(fnmatch.fnmatch(name, pattern) for pattern in properties.get("Include") or [])


def _headers(name: str, properties: Properties) -> dict[str, str]:
    extension = f".{name.rpartition('.')[2].lower()}"
    guessed = _CONTENT_TYPES.get(extension) or mimetypes.guess_type(name)[0] or "binary/octet-stream"
    system = {key.lower(): str(value) for key, value in (properties.get("SystemMetadata") or {}).items()}
    user = {f"x-amz-meta-{key.lower()}": str(v) for key, v in (properties.get("UserMetadata") or {}).items()}
    return {"content-type": guessed, **system, **user}


def _deploy(properties: Properties) -> None:
    if _true(properties.get("Prune", "true")) or not _true(properties.get("RetainOnDelete", "true")):
        raise ValueError(f"{TYPE}: only Prune: false and RetainOnDelete: true are emulated")
    if "DistributionId" in properties:
        raise ValueError(f"{TYPE}: the emulator has no cache that could be invalidated")
    bucket = properties["DestinationBucketName"]
    prefix = (properties.get("DestinationBucketKeyPrefix") or "").strip("/")
    sources = zip(properties["SourceBucketNames"], properties["SourceObjectKeys"], strict=True)
    markers = properties.get("SourceMarkers") or [{}] * len(properties["SourceObjectKeys"])
    for (source, key), replaced in zip(sources, markers, strict=True):
        with zipfile.ZipFile(io.BytesIO(s3._get_object_data(source, key))) as archive:
            for name in archive.namelist():
                if name.endswith("/") or not _chosen(name, properties):
                    continue
                body = archive.read(name)
                for marker, value in replaced.items():
                    body = body.replace(marker.encode(), str(value).encode())
                target = f"{prefix}/{name}" if prefix else name
                status, _, answer = s3._put_object(bucket, target, body, _headers(name, properties))
                if status >= 400:
                    raise ValueError(f"{TYPE}: {bucket}/{target} was not written: {answer!r}")


def _attributes(properties: Properties) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "DestinationBucketArn": f"arn:aws:s3:::{properties['DestinationBucketName']}"
    }
    if _true(properties.get("OutputObjectKeys", "true")):
        attributes["SourceObjectKeys"] = properties["SourceObjectKeys"]
    return attributes


def install() -> None:
    """Register the type; without it MiniStack would call the CDK's function and wait for the AWS CLI."""

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
        _deploy(properties)
        return f"{stack}-{logical_id}", _attributes(properties)

    def update(
        physical_id: str, _old: Properties, new: Properties, _stack: str
    ) -> tuple[str, dict[str, Any]]:
        _deploy(new)
        return physical_id, _attributes(new)

    def delete(_physical_id: str, _properties: Properties) -> None:
        """What was deployed is retained."""

    provisioners._RESOURCE_HANDLERS[TYPE] = {"create": create, "update": update, "delete": delete}
