"""What this function needs to know."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Set by the wiring; ``earlier_tables`` is what the names of copies of the table begin with."""

    table_name: str
    earlier_tables: str
    user_namespace: UUID
    peer_region: str
    aws_region: str
