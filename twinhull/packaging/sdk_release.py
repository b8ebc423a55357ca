"""How old the SDK in a lock is."""

import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from packaging.requirements import Requirement
from uv import find_uv_bin

from twinhull.packaging.lock import Lock

_SECONDS = 30


def sdk_age(lock: Path, now: datetime | None = None) -> str:
    """Return a sentence about the botocore that a lock pins: its version and its age."""
    entry = next((each for each in Lock.read(lock).entries if each.name == "botocore"), None)
    if entry is None:
        return f"{lock.name} pins no SDK; functions use that of Lambda's runtime."
    (version,) = (each.version for each in Requirement(entry.requirement).specifier)
    released = _released(version)
    if released is None:
        return f"The functions' SDK is botocore {version}; when it was released is unknown."
    days = ((now or datetime.now(UTC)) - released).days
    return f"The functions' SDK is botocore {version}, released on {released:%Y-%m-%d}, {days} days ago."


def _released(version: str) -> datetime | None:
    options = ("--quiet", "--no-config", "--no-deps", "--format", "pylock.toml")
    command = (find_uv_bin(), "pip", "compile", *options, "-")
    try:
        done = subprocess.run(  # noqa: S603
            command,
            input=f"botocore=={version}\n",
            capture_output=True,
            text=True,
            check=True,
            timeout=_SECONDS,
        )
        moment = tomllib.loads(done.stdout)["packages"][0]["wheels"][0]["upload-time"]
    except (OSError, subprocess.SubprocessError, LookupError, ValueError):
        return None
    return moment if isinstance(moment, datetime) else None
