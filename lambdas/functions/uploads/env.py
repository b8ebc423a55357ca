"""What this function needs to know."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Set by the wiring; ``aws_region`` by Lambda. An address is that of a bucket."""

    table_name: str
    keys_secret: str
    origin_secret: str
    uploads_bucket: str
    uploads_url: str
    peer_region: str
    peer_uploads_url: str
    aws_region: str
