"""Stand-ins for what the adapter talks to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from web.cached_secret import CachedSecret
from web.keys import Keys
from web.problems import Problem
from web.request import Request


class FakeSecret:
    """Stands for Secrets Manager's client."""

    def __init__(self, **value: object) -> None:
        self.text = json.dumps(value)
        self.asked = 0
        self.works = True

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
        self.asked += 1
        if not self.works:
            raise ClientError({"Error": {"Code": "InternalServiceError", "Message": "…"}}, "GetSecretValue")
        return {"SecretString": self.text}


@dataclass
class Ticks:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def cached(secret: FakeSecret, ticks: Ticks | None = None) -> CachedSecret:
    return CachedSecret(secret, "name", ticks or Ticks())  # type: ignore[arg-type]


def code_of(attempt: Any) -> str:
    with pytest.raises(Problem) as problem:
        attempt()
    return problem.value.code


def keys(
    secret: FakeSecret | None = None, ticks: Ticks | None = None, now: Callable[[], datetime] | None = None
) -> Keys:
    kept = cached(secret or FakeSecret(sign="a", a="x" * 64), ticks)
    return Keys(kept, now) if now else Keys(kept)


def asking(headers: Mapping[str, str] | None = None, **event: object) -> Request:
    return Request({"headers": dict(headers or {}), **event})
