"""A cache of folders: whole or not at all, for several processes, and bounded."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.commands import ROOT
from local.folder_cache import FolderCache

HOLDER = """
import asyncio, sys, time
from pathlib import Path
from local.folder_cache import FolderCache
async def hold():
    async with FolderCache(Path(sys.argv[1]), limit=3).turn("one", patience=0):
        print("mine", flush=True)
        time.sleep(60)
asyncio.run(hold())
"""

WRITER = """
import sys, time
from pathlib import Path
from local.folder_cache import FolderCache
with FolderCache(Path(sys.argv[1]), limit=3).adding("one") as folder:
    (folder / "file").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def started(script: str, folder: Path) -> "subprocess.Popen[str]":
    """A process that has begun what the script does."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, folder], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def killed(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    process.kill()
    process.wait()
    process.stdout.close()


def add(cache: FolderCache, key: str, content: str = "any") -> None:
    with cache.adding(key) as folder:
        (folder / "file").write_text(content)


def visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def should_find_what_was_added_and_nothing_else(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "cache", limit=3)
    assert cache.find("one") is None
    add(cache, "one", "content")
    found = cache.find("one")
    assert found is not None
    assert (found / "file").read_text() == "content"
    assert cache.find("two") is None


def should_be_readable_by_its_owner_only(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "cache", limit=3)
    add(cache, "one")
    assert [path.stat().st_mode & 0o077 for path in (tmp_path / "cache", cache.path("one"))] == [0, 0]


def should_not_find_what_failed_half_way(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, limit=3)
    with pytest.raises(OSError, match="No space left"), cache.adding("one"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert cache.find("one") is None
    assert visible(tmp_path) == set()


def should_not_find_what_was_killed_half_way_and_remove_it_later(tmp_path: Path) -> None:
    killed(started(WRITER, tmp_path))
    cache = FolderCache(tmp_path, limit=3)
    assert cache.find("one") is None
    [unfinished] = (path for path in tmp_path.iterdir() if path.is_dir())
    add(cache, "two")
    assert unfinished.exists()
    os.utime(unfinished, (0, time.time() - 7200))
    add(cache, "three")
    assert not unfinished.exists()
    assert visible(tmp_path) == {"two", "three"}


def should_keep_what_another_process_added_first(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, limit=3)
    with cache.adding("one") as late:
        (late / "file").write_text("late")
        add(cache, "one", "first")
    assert (cache.path("one") / "file").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def should_keep_those_that_were_used_last(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, limit=2)
    for age, key in enumerate(("old", "used", "new")):
        add(FolderCache(tmp_path, limit=9), key)
        os.utime(cache.path(key), (0, age))
    cache.find("old")
    add(cache, "newest")
    assert visible(tmp_path) == {"old", "newest"}


def should_discard(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, limit=2)
    add(cache, "one")
    cache.discard("one")
    cache.discard("never")
    assert list(tmp_path.iterdir()) == []


def should_let_one_process_at_a_time_add_a_key_even_if_it_is_killed(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path, limit=2)

    async def seconds(patience: float) -> float:
        begun = time.monotonic()
        async with cache.turn("one", patience=patience):
            return time.monotonic() - begun

    async def freed() -> float:
        asyncio.get_running_loop().call_later(0.5, holder.send_signal, signal.SIGKILL)
        return await seconds(30)

    holder = started(HOLDER, tmp_path)
    try:
        assert asyncio.run(seconds(0.3)) >= 0.3
        assert 0.3 < asyncio.run(freed()) < 20
    finally:
        killed(holder)
    assert asyncio.run(seconds(30)) < 10
