"""What this function needs to know."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Set by the wiring."""

    keys_secret: str
    rotation_days: int
