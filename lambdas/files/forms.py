"""What lets somebody's browser send a file to a bucket, or take one from it, for a short while.

Both are signed here, over the region's own address of the bucket, and without a request to S3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote

from files.model import Stored, Upload, object_key
from users.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.credentials import Credentials, ReadOnlyCredentials

FORM_LIVES: Final = timedelta(minutes=15)
LINK_LIVES: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Form:
    """Where to post a file, and the fields that must precede it."""

    url: str
    fields: Mapping[str, str]


class Forms(Protocol):
    """Signs what a browser does with a bucket."""

    def form(self, upload: Upload, now: datetime) -> Form:
        """A form for exactly this upload's file, in this region's bucket."""

    def link(self, upload: Upload, stored: Stored, region: str) -> str:
        """The address of the file in a region's bucket, which saves it under its name."""


class SignedForms:
    """Signs with the function's own credentials, so a form can do no more than the function may."""

    def __init__(
        self,
        credentials: "Callable[[], Credentials | None]",
        *,
        bucket: str,
        urls: Mapping[str, str],
        region: str,
    ) -> None:
        """`credentials` is asked at each signature, since they expire.

        `bucket` is this region's; `urls` is region → the address of its bucket.
        """
        self._credentials = credentials
        self._bucket = bucket
        self._urls = urls
        self._region = region

    def form(self, upload: Upload, now: datetime) -> Form:
        from botocore.auth import S3SigV4PostAuth
        from botocore.awsrequest import AWSRequest

        fields = {
            "key": object_key(self._region, upload.id),
            "Content-Type": upload.asked.content_type,
            "success_action_status": "201",
        }
        policy: dict[str, Any] = {
            "expiration": f"{now + FORM_LIVES:%Y-%m-%dT%H:%M:%SZ}",
            "conditions": [
                {"bucket": self._bucket},
                *({name: value} for name, value in fields.items()),
                ["content-length-range", upload.asked.size, upload.asked.size],
            ],
        }
        request = AWSRequest(method="POST", url=self._urls[self._region])
        request.context["s3-presign-post-fields"] = fields
        request.context["s3-presign-post-policy"] = policy
        S3SigV4PostAuth(self._frozen(), "s3", self._region).add_auth(request)
        return Form(url=self._urls[self._region], fields=fields)

    def link(self, upload: Upload, stored: Stored, region: str) -> str:
        from botocore.auth import S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest

        name = quote(upload.asked.filename, safe="")
        request = AWSRequest(
            method="GET",
            url=f"{self._urls[region]}/{stored.key}",
            params={
                "versionId": stored.version,
                "response-content-disposition": f"attachment; filename*=UTF-8''{name}",
                "response-content-type": upload.asked.content_type,
            },
        )
        seconds = int(LINK_LIVES.total_seconds())
        S3SigV4QueryAuth(self._frozen(), "s3", region, expires=seconds).add_auth(request)
        return str(request.url)

    def _frozen(self) -> "ReadOnlyCredentials":
        found = self._credentials()
        if found is None:
            raise Refusal("unavailable")
        return found.get_frozen_credentials()
