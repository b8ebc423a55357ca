"""Clients for the emulator, and for nothing else."""

import ipaddress
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials

from local.keys import Keys
from local.trouble import TroubleError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_lambda import LambdaClient


def credentials(keys: Keys) -> Credentials:
    """Return the keys as signers of botocore want them."""
    return Credentials(keys.access_key_id, keys.secret_access_key)


# The profiles and files of whoever runs this are for real accounts.
_NOBODYS_CONFIGURATION: dict[str, Any] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def refuse_unless_loopback(url: str) -> None:
    """Raise TroubleError when an endpoint is elsewhere: nothing here may ever touch a real account."""
    host = urlsplit(url).hostname or ""
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise TroubleError(f"{url} is not on this machine: only an endpoint on 127.0.0.1 is talked to.")


class Aws:
    """Makes clients of one endpoint, per region."""

    def __init__(self, endpoint: str, keys: Keys) -> None:
        """Raises TroubleError when the endpoint is not loopback."""
        refuse_unless_loopback(endpoint)
        self.endpoint = endpoint
        self._keys = keys

    def cloudformation(self, region: str) -> "CloudFormationClient":
        """What is deployed, and its outputs."""
        client: CloudFormationClient = self._client("cloudformation", region)
        return client

    def cloudfront(self) -> "CloudFrontClient":
        """The distribution."""
        client: CloudFrontClient = self._client("cloudfront", "us-east-1")
        return client

    def functions(self, region: str) -> "LambdaClient":
        """For invoking the operator function."""
        client: LambdaClient = self._client("lambda", region)
        return client

    def cloudwatch(self, region: str) -> Any:
        """Metrics and alarms in a region."""
        return self._client("cloudwatch", region)

    def _client(self, service: str, region: str) -> Any:
        # A session of its own: the default one is not safe to use from threads.
        session = boto3.Session(
            botocore_session=botocore.session.Session(session_vars=_NOBODYS_CONFIGURATION),
            aws_access_key_id=self._keys.access_key_id,
            aws_secret_access_key=self._keys.secret_access_key,
            region_name=region,
        )
        config = Config(connect_timeout=5, read_timeout=120, retries={"total_max_attempts": 2}, proxies={})
        return session.client(service, endpoint_url=self.endpoint, config=config)  # type: ignore[call-overload]
