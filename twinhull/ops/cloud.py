"""Where a deployment is: AWS, or the cloud that `make up` serves on this machine. Nothing else differs."""

import json
import os
import re
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from botocore.config import Config

from twinhull.ops.trouble import Exit, TroubleError

if TYPE_CHECKING:
    import boto3

#: Short: whoever waits here has an alarm, and the other region is asked next.
PATIENCE: Final = Config(
    connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"}
)

#: For a call that starts a function, and must not be made twice by the SDK.
ONE_LONG_TRY: Final = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1})


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Makes clients, and says where a domain of AWS is reached.

    ``is_local``: addresses of the deployment change at each start, so they are not worth remembering.
    """

    session: Callable[[], "boto3.Session"]
    api_url: Callable[[str, str], str] = lambda _region, domain: f"https://{domain}"
    page_url: Callable[[str], str] = lambda url: url
    options: Mapping[str, Any] = field(default_factory=dict)
    is_local: bool = False
    _of_thread: threading.local = field(default_factory=threading.local, repr=False)

    def client(self, service: str, region: str, config: Config = PATIENCE) -> Any:
        """A client of a service in a region."""
        options = dict(self.options)
        config = config.merge(options.pop("config")) if "config" in options else config
        client = self._session.client(service, region_name=region, config=config, **options)  # type: ignore[call-overload]
        if self.is_local:
            client.meta.events.register("before-call", _without_account)
        return client

    @property
    def _session(self) -> "boto3.Session":
        """One for each thread: they cannot share one, and it reads much before its first client."""
        if not hasattr(self._of_thread, "session"):
            self._of_thread.session = self.session()
        session: boto3.Session = self._of_thread.session
        return session


def aws() -> Cloud:
    """AWS, with the credentials that every tool of AWS finds; AWS_ENDPOINT_URL means another place."""

    def session() -> "boto3.Session":
        import boto3  # half of the time in which a command starts

        return boto3.Session()

    return Cloud(session=session)


def local(port: int) -> Cloud:
    """What `make up` serves on a port of this machine.

    :raises TroubleError: nothing is served there.
    """
    page = f"http://localhost:{port}"
    try:
        # Without the machine's proxies, which know nothing of this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{page}/_local/config", timeout=5) as answer:
            config = json.loads(answer.read())
        table, origins = config["table"], config["origins"]
        endpoint = str(table["endpoint"])
        keys = {"aws_access_key_id": table["access_key"], "aws_secret_access_key": table["secret_key"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TroubleError(
            "not-running",
            f"No local cloud is at {page} ({error}): start one with `make up`, or say where by --port.",
            Exit.UNKNOWN,
        ) from error

    def session() -> "boto3.Session":
        import boto3
        import botocore.session

        # Nobody's profiles: they are for real accounts.
        variables: dict[str, Any] = {
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
        return boto3.Session(botocore_session=botocore.session.Session(session_vars=variables), **keys)

    return Cloud(
        session=session,
        api_url=lambda region, _domain: str(origins[region]["url"]).rstrip("/"),
        page_url=lambda _url: page,
        options={"endpoint_url": endpoint, "config": Config(proxies={})},
        is_local=True,
    )


def _without_account(params: dict[str, Any], **_: Any) -> None:
    """CloudFront's key-value stores are at `<account>.<endpoint>`: no such name leads to this machine."""
    host = urlsplit(params["url"]).netloc
    if plain := re.fullmatch(r"[0-9]{12}\.(.+)", host):
        params["url"] = params["url"].replace(host, plain[1], 1)
