"""Where the page is: known when the edge is deployed, which is after this function."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

CACHE_SECONDS = 300.0


class PageAddress:
    """The value of a parameter, asked for again after five minutes; the last known one serves on."""

    def __init__(
        self, client: "SSMClient", parameter: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._parameter = parameter
        self._clock = clock
        self._known = ""
        self._asked_at = 0.0

    def __call__(self) -> str:
        """Like `https://people.example`; raises while it was never known."""
        if self._known and self._clock() - self._asked_at < CACHE_SECONDS:
            return self._known
        try:
            self._known = self._client.get_parameter(Name=self._parameter)["Parameter"]["Value"].rstrip("/")
        except (BotoCoreError, ClientError):
            if not self._known:
                raise
        self._asked_at = self._clock()
        return self._known
