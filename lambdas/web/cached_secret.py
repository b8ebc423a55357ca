"""A secret that is fetched once and kept for a while."""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from web.problems import Problem

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHE_SECONDS = 300.0
REFETCH_SECONDS = 60.0


class CachedSecret:
    """A secret whose value is a flat JSON object of strings.

    While Secrets Manager cannot be reached, the last known value serves on; without one the answer is
    ``unavailable``.
    """

    def __init__(
        self, client: "SecretsManagerClient", name: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._name = name
        self._clock = clock
        self._value: Mapping[str, str] | None = None
        self._asked_at = 0.0

    def value(self) -> Mapping[str, str]:
        """What is known, asked for again after five minutes."""
        if self._value is None or self._clock() - self._asked_at >= CACHE_SECONDS:
            self._fetch()
        assert self._value is not None  # noqa: S101 (else _fetch has raised)
        return self._value

    def refetch(self) -> bool:
        """Ask again now, unless that was done less than a minute ago; whether it was asked."""
        if self._clock() - self._asked_at < REFETCH_SECONDS:
            return False
        self._fetch()
        return True

    def _fetch(self) -> None:
        self._asked_at = self._clock()
        try:
            text = self._client.get_secret_value(SecretId=self._name)["SecretString"]
            value = json.loads(text)
            self._value = {key: one for key, one in value.items() if isinstance(one, str) and one}
        except (ClientError, BotoCoreError, KeyError, ValueError, AttributeError) as error:
            if self._value is None:
                raise Problem("unavailable") from error
