"""Folders by key, for several processes: each is there as a whole or not at all, and only the newest stay."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

POLL_SECONDS = 0.1
STALE_SECONDS = 3600.0
"""Age at which an unfinished folder belongs to a process that was killed."""


class FolderCache:
    """A folder of folders, readable by its owner only."""

    def __init__(self, folder: Path, *, limit: int) -> None:
        """`limit` is the number of folders that stay; those that were used last do."""
        self._folder = folder
        self._limit = limit

    def path(self, key: str) -> Path:
        """Return where the folder of a key is, or would be."""
        return self._folder / key

    def find(self, key: str) -> Path | None:
        """Return the folder of a key, None if there is none."""
        entry = self.path(key)
        if not entry.is_dir():
            return None
        with contextlib.suppress(OSError):
            os.utime(entry)
        return entry

    @contextlib.contextmanager
    def adding(self, key: str) -> Iterator[Path]:
        """Yield an empty folder, which becomes the key's when the block ends without an exception."""
        self._make()
        part = self._hidden()
        part.mkdir(mode=0o700)
        try:
            yield part
            try:
                part.rename(self.path(key))
            except OSError:
                # Another process was faster, and wrote the same.
                if self.find(key) is None:
                    raise
        finally:
            shutil.rmtree(part, ignore_errors=True)
        self._prune()

    def discard(self, key: str) -> None:
        """Forget a folder."""
        self._remove(self.path(key))

    @contextlib.asynccontextmanager
    async def turn(self, key: str, *, patience: float) -> AsyncIterator[None]:
        """Let one process at a time add a key; whoever has waited `patience` seconds no longer waits."""
        self._make()
        deadline = time.monotonic() + patience
        # A lock file per first digit: there are few, so that none has to be removed.
        with (self._folder / f".lock-{key[0]}").open("w") as lock:
            while not _locked(lock.fileno()) and time.monotonic() < deadline:
                await asyncio.sleep(POLL_SECONDS)
            yield

    def _make(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _hidden(self) -> Path:
        return self._folder / f".{uuid.uuid4().hex}"

    def _remove(self, entry: Path) -> None:
        # Renamed first, so that nobody finds half of it.
        gone = self._hidden()
        with contextlib.suppress(OSError):
            entry.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def _prune(self) -> None:
        ages: list[tuple[float, Path]] = []
        for path in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.is_dir():
                    ages.append((path.stat().st_mtime, path))
        entries = sorted((age, path) for age, path in ages if not path.name.startswith("."))
        unfinished = [
            path for age, path in ages if path.name.startswith(".") and age < time.time() - STALE_SECONDS
        ]
        for path in [*(path for _, path in entries[: -self._limit]), *unfinished]:
            self._remove(path)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
