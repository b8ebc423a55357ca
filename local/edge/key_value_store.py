"""Reads CloudFront's key-value stores, as functions do, through their data plane."""

import json
import logging
import time
from collections.abc import Mapping
from urllib.parse import quote

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from yarl import URL

from local.aws import credentials
from local.keys import Keys

log = logging.getLogger(__name__)

FRESH = 0.2
"""Seconds for which a store's content is not read again; in AWS a change takes seconds."""


class KeyValueStores:
    """The stores behind one endpoint."""

    # Not by boto3: its client for this data plane signs by SigV4A, which needs another 10 MB.
    def __init__(self, endpoint: URL, keys: Keys) -> None:
        self._endpoint = endpoint
        self._keys = keys
        self._read: dict[str, tuple[float, Mapping[str, str] | None]] = {}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=2), timeout=aiohttp.ClientTimeout(total=1)
        )

    async def read(self, arn: str) -> Mapping[str, str] | None:
        """All keys of a store with their values; None when it cannot be read."""
        at, content = self._read.get(arn, (-FRESH, None))
        if time.monotonic() - at < FRESH:
            return content
        try:
            content = await self._ask(arn)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("the key-value store cannot be read: %r", error)
            content = None
        self._read[arn] = (time.monotonic(), content)
        return content

    async def close(self) -> None:
        """Close what is open."""
        await self._session.close()

    async def _ask(self, arn: str) -> Mapping[str, str]:
        url = f"{str(self._endpoint).rstrip('/')}/key-value-stores/{quote(arn, safe='')}/keys"
        content: dict[str, str] = {}
        token = ""
        while True:
            page = f"{url}?NextToken={quote(token, safe='')}" if token else url
            signed = AWSRequest("GET", page)
            SigV4Auth(credentials(self._keys), "cloudfront-keyvaluestore", "us-east-1").add_auth(signed)
            async with self._session.get(
                URL(page, encoded=True), headers=dict(signed.headers), raise_for_status=True
            ) as answer:
                body = json.loads(await answer.read())
            content |= {item["Key"]: item["Value"] for item in body.get("Items") or []}
            token = body.get("NextToken") or ""
            if not token:
                return content
