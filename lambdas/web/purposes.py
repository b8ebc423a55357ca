"""What keys are for, and how long what they signed counts."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal

from users import links
from web.cached_secret import CACHE_SECONDS

Purpose = Literal["session", "cursor", "fingerprint", "link"]

#: From when it was signed.
LIFETIMES: Final[Mapping[Purpose, timedelta]] = {
    "session": timedelta(minutes=15),
    "cursor": timedelta(hours=48),
    "fingerprint": timedelta(hours=48),
    "link": max(links.LIFETIMES.values()),
}

#: One for a change to reach the other region, one until every function has asked for it.
PROPAGATION: Final = timedelta(seconds=2 * CACHE_SECONDS)


def accepted_for(purpose: Purpose) -> timedelta:
    """How long a key verifies after its retirement, of which the last that signed with it had not heard."""
    return LIFETIMES[purpose] + PROPAGATION
