"""Deployed and seeded homes as they were at a clean stop, for homes without any state to start from."""

import json
import zlib
from pathlib import Path

from local.emulator.workspace import copy_state
from local.folder_cache import FolderCache

LIMIT = 3
STATE = "saved"
CHECKSUMS = "checksums.json"
CHUNK = 1 << 20


class Snapshots:
    """The saved states of emulators, by what they depend on."""

    def __init__(self, folder: Path) -> None:
        self.cache = FolderCache(folder, limit=LIMIT)

    def find(self, key: str) -> Path | None:
        """Return the state that was kept; a damaged one is discarded."""
        entry = self.cache.find(key)
        if entry is None:
            return None
        try:
            is_whole = json.loads((entry / CHECKSUMS).read_text()) == _checksums(entry / STATE)
        except (OSError, ValueError):
            is_whole = False
        if not is_whole:
            self.cache.discard(key)
            return None
        return entry / STATE

    def add(self, key: str, saved: Path) -> None:
        """Keep a state that an emulator saved at a clean stop; raises OSError when there is no room."""
        with self.cache.adding(key) as entry:
            copy_state(saved, entry / STATE)
            (entry / CHECKSUMS).write_text(json.dumps(_checksums(entry / STATE)))


def _checksums(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): _checksum(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            checksum = zlib.crc32(chunk, checksum)
    return checksum
