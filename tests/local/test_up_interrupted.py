"""`make up` that is interrupted, killed, or left by its emulator: what it says, and that nothing is left."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.cloud import ROOT, Start, emulator_of
from tests.local.processes import tree_of


def without_homes(folder: Path) -> str:
    """The option of a cache that holds assemblies and no homes, so that everything is deployed."""
    assemblies = ROOT / ".cache" / "assemblies"
    assemblies.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir()
    (folder / "assemblies").symlink_to(assemblies)
    return f"--cache={folder}"


def should_say_so_and_end_when_the_emulator_ends(tmp_path: Path, start_cloud: Start) -> None:
    cloud = start_cloud(tmp_path / "home").wait_until_ready()
    os.kill(emulator_of(cloud), signal.SIGKILL)
    assert cloud.process.wait(timeout=10) == 1
    assert "✗ The emulator ended by itself" in cloud.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def should_leave_nothing_behind_when_it_is_interrupted_while_starting(
    tmp_path: Path, start_cloud: Start, number: signal.Signals
) -> None:
    cloud = start_cloud(tmp_path / "home", f"--cache={tmp_path / 'cache'}").wait_for("✓ started the emulator")
    assert any("app.py" in command or "cdk" in command for command in cloud.processes().values())
    status = cloud.stop(number)
    assert status == (-signal.SIGKILL if number == signal.SIGKILL else 130)


def should_leave_nothing_behind_when_it_is_killed_while_deploying(tmp_path: Path, start_cloud: Start) -> None:
    cloud = start_cloud(tmp_path / "home", without_homes(tmp_path / "cache")).wait_for(
        "✓ packed the functions"
    )
    deadline = time.monotonic() + 60
    while not any(" deploy --all" in command for command in tree_of(cloud.process.pid).values()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    cloud.stop(signal.SIGKILL)
    assert not (cloud.home / "emulator" / "saved").exists()
    assert not list((tmp_path / "cache").glob("homes/[!.]*"))
