"""The keys of one run of the local cloud. Standard library only: the emulator imports it, too."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from typing import Final, Self

INTERNAL_HEADER: Final = "x-local-cloud-key"
"""Carries `Keys.internal` on requests that the parts of the local cloud send to each other."""


@dataclass(frozen=True)
class Keys:
    """The access key that signs AWS API requests to the emulator, made for one run.

    Its form is AWS's own, so that every SDK and the CDK CLI take it.
    """

    access_key_id: str = field(default_factory=lambda: f"AKIA{secrets.token_hex(8).upper()}")
    secret_access_key: str = field(default_factory=lambda: secrets.token_urlsafe(30), repr=False)

    @property
    def internal(self) -> str:
        """The secret by which the edge, the Regions and the emulator recognize each other."""
        return self.derive("internal")

    def derive(self, purpose: str) -> str:
        """Return a secret for one purpose; whoever holds the access key can derive it, and nobody else."""
        return hmac.new(self.secret_access_key.encode(), purpose.encode(), hashlib.sha256).hexdigest()

    def to_json(self) -> str:
        """Return the keys as one line, for the emulator's standard input."""
        return json.dumps([self.access_key_id, self.secret_access_key])

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read what `to_json` wrote; raises ValueError."""
        access_key_id, secret_access_key = json.loads(line)
        return cls(str(access_key_id), str(secret_access_key))
