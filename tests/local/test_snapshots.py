"""Kept homes: a copy is whole, shares what never changes, and is refused when it is damaged."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from local.deployed import RECORD
from local.emulator.workspace import PORT, Workspace, copy_state
from local.emulator_process import Emulator
from local.snapshots import Snapshots
from tests.local.emulated import client, deploy, function_template


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A state that was saved at a clean stop."""
    folder = tmp_path / "home" / "saved"
    for name, content in {
        "state/s3.json": "{}",
        "state/lambda-blobs/one.zip": "code",
        "objects/000000000000/bucket/key": "object",
        "administrator.json": "secret",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "administrator.json").chmod(0o600)
    return folder


def contents(folder: Path) -> dict[str, str]:
    """Every file, the one of the port aside."""
    files = [path for path in folder.rglob("*") if path.is_file() and path != folder / PORT]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def should_give_what_was_kept(tmp_path: Path, saved: Path) -> None:
    snapshots = Snapshots(tmp_path / "cache")
    assert snapshots.find("key") is None
    snapshots.add("key", saved)
    found = snapshots.find("key")
    assert found is not None
    assert contents(found) == contents(saved)
    assert (found / "administrator.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda state: (state / "state/s3.json").unlink(),
        lambda state: (state / "objects/000000000000/bucket/key").unlink(),
        lambda state: (state / "state/s3.json").write_text("[]"),
        lambda state: (state / "state/added.json").write_text("{}"),
        lambda state: (state.parent / "checksums.json").unlink(),
        lambda state: (state.parent / "checksums.json").write_text("{"),
        shutil.rmtree,
    ],
    ids=["no state", "no object", "changed", "added", "no checksums", "no JSON", "nothing"],
)
def should_discard_a_damaged_one(tmp_path: Path, saved: Path, damage: Callable[[Path], None]) -> None:
    snapshots = Snapshots(tmp_path / "cache")
    snapshots.add("key", saved)
    found = snapshots.find("key")
    assert found is not None
    damage(found)
    assert snapshots.find("key") is None
    assert not found.exists()
    snapshots.add("key", saved)
    assert snapshots.find("key") is not None


def should_copy_whatever_may_be_changed_in_place(tmp_path: Path, saved: Path) -> None:
    copy_state(saved, tmp_path / "copy")

    def shared(name: str) -> bool:
        return (saved / name).samefile(tmp_path / "copy" / name)

    assert not shared("state/s3.json")
    assert not shared("administrator.json")
    assert shared("state/lambda-blobs/one.zip")
    assert shared("objects/000000000000/bucket/key")


def should_copy_everything_where_nothing_can_be_linked(
    tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    copy_state(saved, tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(saved)


def should_start_a_new_folder_from_the_copy_and_no_other(tmp_path: Path, saved: Path) -> None:
    new = Workspace(tmp_path / "new")
    assert new.is_new
    new.open(port=1, patience=0, snapshot=saved)
    assert contents(new.running) == contents(saved)
    assert new.is_new

    used = Workspace(tmp_path / "used")
    (used.saved / "state").mkdir(parents=True)
    assert not used.is_new
    used.open(port=1, patience=0, snapshot=saved)
    assert contents(used.running) == {}


def should_copy_again_after_a_kill_in_the_midst_of_it(tmp_path: Path, saved: Path) -> None:
    killed = Workspace(tmp_path / "new")
    (killed.running / "state").mkdir(parents=True)
    (killed.running / "state/s3.json").write_text("half")
    workspace = Workspace(tmp_path / "new")
    assert workspace.open(port=1, patience=0, snapshot=saved)
    assert contents(workspace.running) == contents(saved)


def should_leave_nothing_of_a_copy_for_which_there_is_no_room(
    tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copy2", refuse)
    snapshots = Snapshots(tmp_path / "cache")
    with pytest.raises(OSError, match="No space left"):
        snapshots.add("key", saved)
    assert list((tmp_path / "cache").iterdir()) == []


def should_start_from_nothing_when_the_copy_is_gone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.open(port=1, patience=0, snapshot=tmp_path / "gone")
    assert contents(workspace.running) == {}
    assert workspace.state.is_dir()


def should_leave_the_kept_home_as_it_is_whatever_happens_in_a_copy(tmp_path: Path) -> None:
    # GIVEN a kept home with an object and a function
    home = tmp_path / "home"
    with Emulator(home) as emulator:
        s3 = client(emulator, "s3")
        s3.create_bucket(Bucket="files")
        for key in ("replaced", "deleted", "same"):
            s3.put_object(Bucket="files", Key=key, Body=b"first")
        deploy(emulator, "functions", function_template())
    snapshots = Snapshots(tmp_path / "cache")
    snapshots.add("key", home / "saved")
    shutil.rmtree(home)

    # WHEN a copy of it writes, deletes, replaces code, saves and starts again
    snapshot = snapshots.find("key")
    assert snapshot is not None
    before = {path: path.stat().st_mtime_ns for path in snapshot.rglob("*") if path.is_file()}
    for number in (1, 2):
        with Emulator(tmp_path / "copy", snapshot=snapshot) as emulator:
            s3 = client(emulator, "s3")
            assert s3.get_object(Bucket="files", Key="same")["Body"].read() == b"first"
            s3.put_object(Bucket="files", Key="replaced", Body=b"second")
            s3.delete_object(Bucket="files", Key="deleted")
            deploy(emulator, "functions", function_template(f"def handler(*_): return {number}"), update=True)
            answer = client(emulator, "lambda").invoke(FunctionName="sample", Payload=b"{}")
            assert json.load(answer["Payload"]) == number

    # THEN it is what it was, and the copy has its own
    assert snapshots.find("key") == snapshot
    assert {path: path.stat().st_mtime_ns for path in snapshot.rglob("*") if path.is_file()} == before
    with Emulator(tmp_path / "copy", snapshot=snapshot) as emulator:
        s3 = client(emulator, "s3")
        assert s3.get_object(Bucket="files", Key="replaced")["Body"].read() == b"second"


def should_lose_what_is_recorded_of_a_run_that_is_killed(tmp_path: Path) -> None:
    with Emulator(tmp_path):
        (tmp_path / "running" / RECORD).write_text("first")
    emulator = Emulator(tmp_path)
    assert (tmp_path / "running" / RECORD).read_text() == "first"
    (tmp_path / "running" / RECORD).write_text("second")
    emulator.kill()
    with Emulator(tmp_path):
        assert (tmp_path / "running" / RECORD).read_text() == "first"
