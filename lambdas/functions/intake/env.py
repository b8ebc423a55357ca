"""What this function needs to know."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Set by the wiring; ``aws_region`` by Lambda."""

    table_name: str
    user_namespace: UUID
    notifier_queue: str
    uploads_bucket: str
    peer_region: str
    peer_uploads_bucket: str
    aws_region: str
