"""The folder in which everything of one local cloud is kept, and its only user at a time."""

import fcntl
import json
import secrets
from pathlib import Path
from typing import IO, Self

from local.trouble import TroubleError

ADMINISTRATOR = "admin@example.com"


class Home:
    """A folder, locked while it is open. The lock ends with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
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

    def folder(self, name: str) -> Path:
        """A folder inside, made when missing."""
        folder = self.path / name
        folder.mkdir(exist_ok=True)
        return folder

    def administrator(self) -> dict[str, str]:
        """The administrator's e-mail and password; the password is made up once."""
        file = self.path / "administrator.json"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(json.dumps({"email": ADMINISTRATOR, "password": secrets.token_urlsafe(12)}))
        try:
            known = json.loads(file.read_text())
            return {"email": str(known["email"]), "password": str(known["password"])}
        except (ValueError, KeyError, TypeError):
            raise TroubleError(
                f"{file} cannot be read: `make clean` forgets all data, then start anew."
            ) from None
