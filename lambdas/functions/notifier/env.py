"""What this function needs to know."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Set by the wiring; without a sender nothing is sent."""

    table_name: str
    user_namespace: UUID
    keys_secret: str
    page_parameter: str
    mail_interval_ms: int
    sender: str = ""
    configuration_set: str = ""
