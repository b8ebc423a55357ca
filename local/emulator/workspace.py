"""Where the emulator's state is kept between runs, so that it is always that of the last clean stop.

A run works on a copy (`running/`) of what was saved (`saved/`) and takes its place by renaming when it
stopped cleanly. A run that was killed leaves its half-written copy behind; the next one drops it and starts
from `saved/`.
"""

import fcntl
import shutil
import time
from pathlib import Path
from typing import IO


class InUseError(Exception):
    """Another emulator works in this folder."""


class Workspace:
    """One emulator's folder: `open` it, let the run work in `state` and `objects`, `keep` what it saved.

    Args:
        home: the folder; made when missing.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._saved = home / "saved"
        self._replaced = home / "replaced"
        self._running = home / "running"
        self._lock: IO[str] | None = None

    @property
    def state(self) -> Path:
        """One JSON file per service."""
        return self._running / "state"

    @property
    def objects(self) -> Path:
        """The objects of all buckets."""
        return self._running / "objects"

    @property
    def temporary(self) -> Path:
        """Unpacked functions; emptied at each start."""
        return self._running / "tmp"

    def open(self, *, patience: float) -> bool:
        """Make the working copy; True when the run before this one was killed and its changes are lost.

        Raises InUseError when another emulator holds the folder for longer than `patience` seconds (one
        whose parent was killed needs a moment to save).
        """
        self.home.mkdir(parents=True, exist_ok=True)
        self._lock = (self.home / "lock").open("w")
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise InUseError(f"another emulator works in {self.home}") from None
                time.sleep(0.1)
        killed = self._running.exists()
        shutil.rmtree(self._running, ignore_errors=True)
        if self._replaced.exists() and not self._saved.exists():
            self._replaced.rename(self._saved)
        if self._saved.exists():
            # A function that was called while all was stopped may have left something there.
            shutil.copytree(self._saved, self._running, ignore=self._ignore_temporary)
        for folder in (self.state, self.objects, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        return killed

    def _ignore_temporary(self, folder: str, _: list[str]) -> set[str]:
        return {self.temporary.name} if Path(folder) == self._saved else set()

    def drop(self) -> None:
        """Forget the working copy; what was saved before stays."""
        shutil.rmtree(self._running, ignore_errors=True)

    def keep(self) -> None:
        """Make the working copy the saved state."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        shutil.rmtree(self._replaced, ignore_errors=True)
        if self._saved.exists():
            self._saved.rename(self._replaced)
        self._running.rename(self._saved)
        shutil.rmtree(self._replaced, ignore_errors=True)
