"""How long a request may wait for AWS altogether: it is better to say 503 and let the other region answer."""

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

if TYPE_CHECKING:
    from botocore.client import BaseClient

SECONDS = 2.0


class OverBudgetError(BotoCoreError):
    """The request has waited long enough: nothing more is asked."""

    fmt = "the request has waited for AWS long enough"


class _Budget:
    """Of the one request that an environment serves at a time; outside of requests there is none."""

    def __init__(self) -> None:
        self.ends: float | None = None

    def check(self, **_: Any) -> None:
        if self.ends is not None and time.monotonic() >= self.ends:
            raise OverBudgetError


_budget = _Budget()


def begin() -> None:
    """From now on, the next request's time runs."""
    _budget.ends = time.monotonic() + SECONDS


def limit(client: "BaseClient") -> None:
    """Let a client begin nothing, not even a second attempt, when the time is over."""
    client.meta.events.register_first("before-send", _budget.check)
