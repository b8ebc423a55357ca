"""What was last known of a deployment, for when nobody can be asked: the outputs of its stacks in a file.

The form is that of `cdk deploy --outputs-file`, so such a file serves as well.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from twinhull.ops.trouble import Exit, TroubleError

Outputs = Mapping[str, Mapping[str, str]]
"""Stack → output → value."""


@dataclass(frozen=True)
class Known:
    """The file, or nothing at all; one that was ``given`` by somebody is never written."""

    path: Path | None
    given: bool = False

    def read(self) -> Outputs:
        """Its content; nothing if there is no file.

        :raises TroubleError: a file that was given cannot be read.
        """
        if self.path is None:
            return {}
        try:
            content = json.loads(self.path.read_text())
            return {str(stack): {str(k): str(v) for k, v in each.items()} for stack, each in content.items()}
        except (OSError, ValueError, AttributeError) as error:
            if not self.given:
                return {}
            raise TroubleError(
                "bad-outputs",
                f"{self.path} is not what `cdk deploy --outputs-file` writes ({error}).",
                Exit.USAGE,
            ) from error

    def write(self, outputs: Outputs) -> None:
        """Replace it. A machine that keeps nothing is no failure."""
        if self.path is None or self.given:
            return
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part = self.path.with_name(f"{self.path.name}.{os.getpid()}")
            part.write_text(json.dumps(outputs, indent=2))
            part.replace(self.path)

    @property
    def since(self) -> str | None:
        """When it was written, RFC 3339."""
        try:
            at = self.path.stat().st_mtime if self.path else None
        except OSError:
            return None
        return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def remembered(name: str) -> Known:
    """The file of this user and profile for a deployment."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    profile = os.environ.get("AWS_PROFILE") or "default"
    return Known(cache / "twinhull" / f"{name}@{profile.replace('/', '_')}.json")
