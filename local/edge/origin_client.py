"""Asks one origin, within the times that the distribution gives it."""

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from local.aws import credentials
from local.edge.distribution import Origin
from local.keys import INTERNAL_HEADER, Keys

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
     "transfer-encoding", "upgrade"}
)  # fmt: skip


@dataclass(frozen=True)
class OriginRequest:
    """What is sent to an origin: `target` is the raw path with its query."""

    method: str
    target: str
    headers: CIMultiDict[str]
    body: bytes


@dataclass(frozen=True)
class OriginAnswer:
    """What an origin answered."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class OriginError(Exception):
    """No answer. `criterion` is the status it counts as in an origin group, `status` what a viewer gets.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
    """

    def __init__(self, reason: str, *, criterion: int, status: int) -> None:
        super().__init__(reason)
        self.criterion = criterion
        self.status = status


class OriginClient:
    """Sends requests to origins; `locate` says where on this machine an origin's domain is served."""

    def __init__(self, locate: Callable[[str], URL], keys: Keys) -> None:
        self._locate = locate
        self._keys = keys
        # One connection per request: an origin that stops listening is noticed by the very next request.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("accept", "accept-encoding", "user-agent", "content-type"),
        )

    async def ask(self, origin: Origin, request: OriginRequest) -> OriginAnswer:
        """Send the request with the origin's own headers, once; connecting alone is tried again."""
        headers = request.headers.copy()
        for name, value in origin.headers.items():
            headers[name] = value
        headers["host"] = origin.domain
        headers[INTERNAL_HEADER] = self._keys.internal
        target = f"{origin.path}{request.target}"
        if origin.signed:
            self._sign(origin, request.method, target, headers)
        url = URL(f"{str(self._locate(origin.domain)).rstrip('/')}{target}", encoded=True)
        timeout = aiohttp.ClientTimeout(sock_connect=origin.connection_timeout, sock_read=origin.read_timeout)
        for attempt in range(origin.connection_attempts):
            try:
                async with self._session.request(
                    request.method,
                    url,
                    headers=headers,
                    data=request.body or None,
                    allow_redirects=False,
                    timeout=timeout,
                ) as answer:
                    return OriginAnswer(answer.status, answer.headers, await answer.read())
            except aiohttp.ConnectionTimeoutError as error:
                failure = OriginError(
                    "CloudFront timed out connecting to the origin.", criterion=503, status=504
                )
                failure.__cause__ = error
            except aiohttp.ClientConnectorError as error:
                failure = OriginError(
                    "CloudFront could not connect to the origin.", criterion=503, status=502
                )
                failure.__cause__ = error
            except (TimeoutError, aiohttp.SocketTimeoutError) as error:
                reason = "The origin did not answer in time."
                raise OriginError(reason, criterion=504, status=504) from error
            except aiohttp.ClientError as error:
                reason = "The origin closed the connection."
                raise OriginError(reason, criterion=502, status=502) from error
            if attempt + 1 == origin.connection_attempts:
                raise failure
        raise AssertionError("an origin has at least one connection attempt")

    def _sign(self, origin: Origin, method: str, target: str, headers: CIMultiDict[str]) -> None:
        region = region_of(origin.domain)
        signed = AWSRequest(method, f"https://{origin.domain}{target}")
        S3SigV4Auth(credentials(self._keys), "s3", region).add_auth(signed)
        for name in ("authorization", "x-amz-date", "x-amz-content-sha256"):
            headers[name] = signed.headers[name]

    async def close(self) -> None:
        """Close what is open."""
        await self._session.close()


def region_of(domain: str) -> str:
    """The region in an AWS domain such as `bucket.s3.eu-west-1.amazonaws.com`."""
    labels = domain.split(".")
    for service in ("execute-api", "s3"):
        if service in labels:
            return labels[labels.index(service) + 1]
    raise ValueError(f"{domain} names no region: an origin here is a regional bucket or an HTTP API")
