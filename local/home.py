"""The folder in which everything of one local cloud is kept, and its only user at a time."""

import fcntl
import json
import secrets
from pathlib import Path
from typing import IO, Self

from local.emulator.workspace import Workspace
from local.trouble import TroubleError

ADMINISTRATOR = "admin@example.com"
NAME = "administrator.json"


class Home:
    """A folder, locked while it is open. The lock ends with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.workspace = Workspace(self.path / "emulator")
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = (self.path / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise TroubleError(
                f"Another `make up` is using {self.path}: stop it with Ctrl-C, "
                "or run this one in another clone."
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.close()

    def administrator(self) -> dict[str, str]:
        """The administrator's e-mail and password; the password is made up once, and saved with the data."""
        file = self.workspace.running / NAME
        earlier = self.path / NAME
        if not file.exists():
            file.touch(mode=0o600)
            made_up = json.dumps({"email": ADMINISTRATOR, "password": secrets.token_urlsafe(12)})
            # Version 0.1.0 kept it beside the data.
            file.write_text(earlier.read_text() if earlier.exists() else made_up)
        try:
            known = json.loads(file.read_text())
            return {"email": str(known["email"]), "password": str(known["password"])}
        except (ValueError, KeyError, TypeError):
            raise TroubleError(
                f"{file} cannot be read: `make clean` forgets all data, then start anew."
            ) from None
