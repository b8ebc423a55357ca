"""Where the emulator's state is kept between runs, so that it is always that of the last clean stop.

A run works on a copy (`running/`) of what was saved (`saved/`) and takes its place by renaming when it
stopped cleanly. A run that was killed leaves its half-written copy behind; the next one drops it and starts
from `saved/`.
"""

import fcntl
import os
import re
import shutil
import time
from pathlib import Path
from typing import IO

CODE = "lambda-blobs"
PORT = "port"
"""File of a state with the port of the emulator that saved it."""


class InUseError(Exception):
    """Another emulator works in this folder."""


def copy_state(source: Path, target: Path) -> None:
    """Copy a saved state; objects and code are linked, since MiniStack replaces these files as a whole."""

    def copy(file: str, place: str) -> str:
        inside = Path(file).relative_to(source)
        if inside.parts[0] == Workspace.OBJECTS or CODE in inside.parts:
            try:
                os.link(file, place)
            except OSError:  # another file system, or one without links
                shutil.copy2(file, place)
        else:
            shutil.copy2(file, place)
        return place

    def ignore_temporary(folder: str, _: list[str]) -> set[str]:
        # A function that was called while all was stopped may have left something there.
        return {Workspace.TEMPORARY} if Path(folder) == source else set()

    shutil.copytree(source, target, ignore=ignore_temporary, copy_function=copy)


class Workspace:
    """One emulator's folder: `open` it, let the run work in `state` and `objects`, `keep` what it saved.

    Args:
        home: the folder; made when missing.

    Attributes:
        saved: the state of the last clean stop.
        running: the working copy; whatever is written here is saved with the state, or lost with it.
    """

    OBJECTS = "objects"
    TEMPORARY = "tmp"

    def __init__(self, home: Path) -> None:
        self.home = home
        self.saved = home / "saved"
        self.running = home / "running"
        self._replaced = home / "replaced"
        self._lock: IO[str] | None = None

    @property
    def is_new(self) -> bool:
        """Whether no run has stopped cleanly yet."""
        return not (self.saved.exists() or self._replaced.exists())

    @property
    def state(self) -> Path:
        """One JSON file per service."""
        return self.running / "state"

    @property
    def objects(self) -> Path:
        """The objects of all buckets."""
        return self.running / self.OBJECTS

    @property
    def temporary(self) -> Path:
        """Unpacked functions; emptied at each start."""
        return self.running / self.TEMPORARY

    def open(self, *, port: int, patience: float, snapshot: Path | None = None) -> bool:
        """Make the working copy; True when the run before this one was killed and its changes are lost.

        A folder in which nothing was saved starts from `snapshot`, another folder's saved state. Addresses in
        the state, such as those of queues, are changed to those of `port`.

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
        killed = self.running.exists()
        shutil.rmtree(self.running, ignore_errors=True)
        if self._replaced.exists() and not self.saved.exists():
            self._replaced.rename(self.saved)
        if self.saved.exists():
            copy_state(self.saved, self.running)
        elif snapshot is not None:
            try:
                copy_state(snapshot, self.running)
            except OSError:  # it was discarded meanwhile
                self.drop()
        for folder in (self.state, self.objects, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        self._move_to(port)
        return killed

    def _move_to(self, port: int) -> None:
        record = self.running / PORT
        if record.exists():
            earlier = re.compile(rb"(localhost|127\.0\.0\.1):%d(?!\d)" % int(record.read_text()))
            for file in self.state.glob("*.json"):
                file.write_bytes(earlier.sub(rb"\g<1>:%d" % port, file.read_bytes()))
        record.write_text(str(port))

    def drop(self) -> None:
        """Forget the working copy; what was saved before stays."""
        shutil.rmtree(self.running, ignore_errors=True)

    def keep(self) -> None:
        """Make the working copy the saved state."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        shutil.rmtree(self._replaced, ignore_errors=True)
        if self.saved.exists():
            self.saved.rename(self._replaced)
        self.running.rename(self.saved)
        shutil.rmtree(self._replaced, ignore_errors=True)
