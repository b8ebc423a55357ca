"""One request, and what came back."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final

from twinhull.ops.cloud import Cloud

SERVED: Final = "x-served-region"
"""The header by which a handler says which region it is in."""

PATIENCE: Final = 5.0
"""Seconds, as long as a client of the API waits for a write."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """An answer: its ``status``, and the ``region`` that gave it; ``fault`` says why there is none.

    ``seconds`` is how long it took to know.
    """

    seconds: float
    status: int | None = None
    region: str | None = None
    fault: str | None = None

    @property
    def said(self) -> str:
        """In words, as in "503 from us-east-1"."""
        if self.status is None:
            return self.fault or "no answer"
        return f"{self.status} from {self.region}" if self.region else f"{self.status} from no region"


def ask(
    cloud: Cloud,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
) -> Heard:
    """Send a request over a connection of its own; whatever happens is an answer."""
    sent = {"user-agent": "twinhull-ops", "accept": "application/json", **(headers or {})}
    # The machine's proxies know nothing of a cloud on this machine.
    proxies = [urllib.request.ProxyHandler({})] if cloud.is_local else []
    request = urllib.request.Request(url, method=method, headers=sent)  # noqa: S310 (of the deployment)
    started = time.monotonic()
    try:
        with urllib.request.build_opener(*proxies).open(request, timeout=patience) as answer:
            answer.read()
            status, served = int(answer.status), answer.headers[SERVED]
    except urllib.error.HTTPError as error:
        with error:
            status, served = error.code, error.headers[SERVED]
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        fault = "no answer in time" if isinstance(reason, TimeoutError) else f"no answer ({reason})"
        return Heard(seconds=time.monotonic() - started, fault=fault)
    return Heard(seconds=time.monotonic() - started, status=status, region=served)
