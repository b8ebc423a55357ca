"""Unpacks a function's code once for all its processes; MiniStack does it for each of them."""

import hashlib
import tempfile
import threading
import types
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime

CODE = "code.zip"


class _SharedZip(zipfile.ZipFile):
    """A zip whose code is unpacked into a folder named by its content; the target becomes a link to it."""

    _guard = threading.Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        archive = Path(str(self.filename))
        if archive.name != CODE:
            super().extractall(path, members, pwd)
            return
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        shared = Path(tempfile.gettempdir(), "code", digest)
        with self._guard:
            if not shared.exists():
                shared.parent.mkdir(exist_ok=True)
                with tempfile.TemporaryDirectory(dir=shared.parent) as part:
                    unpacked = Path(part, "unpacked")
                    super().extractall(unpacked, members, pwd)
                    unpacked.rename(shared)
        Path(path).rmdir()
        Path(path).symlink_to(shared)


def install() -> None:
    """Let functions share their unpacked code, which none of them may change on AWS either."""
    shared = types.ModuleType("zipfile")
    shared.__dict__.update(zipfile.__dict__)
    shared.ZipFile = _SharedZip  # type: ignore[attr-defined]
    lambda_runtime.zipfile = shared
