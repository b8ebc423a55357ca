"""What this function needs to know."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Set by the wiring; ``aws_region`` by Lambda."""

    table_name: str
    origin_secret: str
    aws_region: str
