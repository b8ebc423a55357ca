"""What the load sent, and the figures made of it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from twinhull.ops.client import Attempt, headers_of_retry

Kind = Literal["read", "write"]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a client with all its attempts; ``ok``: the last answer was one of those expected.

    ``promised`` is False for clients without a retry, to whom a lost region may cost a write.
    """

    kind: Kind
    what: str
    attempts: tuple[Attempt, ...]
    ok: bool
    promised: bool = True

    @property
    def began(self) -> float:
        """On the clock of `time.monotonic`."""
        return self.attempts[0].began

    @property
    def ended(self) -> float:
        """On the same clock."""
        return self.attempts[-1].began + self.attempts[-1].seconds

    @property
    def seconds(self) -> float:
        """With the retry."""
        return self.ended - self.began

    @property
    def document(self) -> dict[str, Any]:
        """As JSON, to look into a failure."""
        return {
            "kind": self.kind,
            "what": self.what,
            "attempts": [
                {
                    "status": one.status,
                    "code": one.code,
                    "region": one.region,
                    "seconds": rounded(one.seconds),
                }
                for one in self.attempts
            ],
        }

    @property
    def failed_first(self) -> bool:
        """Whether the first attempt failed, or the only one was not as expected."""
        if len(self.attempts) == 1 and not self.ok:
            return True
        first = self.attempts[0]
        return headers_of_retry(status=first.status, region=first.region, code=first.code) is not None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Calls of one kind in one phase; seconds, with a client's retry where there was one."""

    tried: int
    failed_first: int
    failed: int
    p50: float | None
    p99: float | None
    slowest: float | None

    @classmethod
    def of(cls, calls: Iterable[Call]) -> "Figures":
        """Count and sort. What nothing was promised to counts as tried, and its failures as first ones."""
        found = list(calls)
        seconds = sorted(call.seconds for call in found if call.promised)
        return cls(
            tried=len(found),
            failed_first=sum(call.failed_first for call in found),
            failed=sum(not call.ok for call in found if call.promised),
            p50=percentile(seconds, 50),
            p99=percentile(seconds, 99),
            slowest=seconds[-1] if seconds else None,
        )

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "tried": self.tried,
            "failed_first": self.failed_first,
            "failed": self.failed,
            "p50": rounded(self.p50),
            "p99": rounded(self.p99),
            "slowest": rounded(self.slowest),
        }


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The smallest value that so many per cent of all do not exceed; None of none."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else None


def rounded(seconds: float | None) -> float | None:
    """Milliseconds are enough."""
    return None if seconds is None else round(seconds, 3)
