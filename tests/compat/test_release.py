"""What the recording of release 0.1.0 holds of its code runs by itself, and nobody has changed a file."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

from tests.compat.agreement import differences
from tests.compat.world import V0_1_0, Exchange
from tests.tiers import first

pytestmark = pytest.mark.slow

WORLD = Path(__file__).with_name("world.py")
ZIP = V0_1_0.folder / "functions.zip"
FUNCTIONS = (
    "accounts",
    "directory",
    "health",
    "intake",
    "key_rotation",
    "notifier",
    "operator",
    "sweeper",
    "uploads",
)
CALLS = [each for name in ("reads", "messages", "links") for each in V0_1_0.exchanges(name)]


def run(root: Path, calls: Iterable[Exchange], output: Path) -> subprocess.CompletedProcess[str]:
    """Run calls in another process, whose only first-party code is what lies below a folder."""
    sent = [{name: getattr(call, name) for name in ("name", "at", "function", "event")} for call in calls]
    return subprocess.run(
        [sys.executable, "-P", WORLD, V0_1_0.folder, output],
        input=json.dumps(sent),
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )


def faults(folder: Path) -> list[str]:
    """Return the files of a recording that are not those of its list."""
    lines = (line.partition("  ") for line in (folder / "SHA256SUMS").read_text().splitlines())
    listed = {name: digest for digest, _, name in lines}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "SHA256SUMS"
    }
    return sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))


@pytest.mark.parametrize("function", first(FUNCTIONS))
def should_run_each_function_as_it_was_released(function: str, released: Path, tmp_path: Path) -> None:
    recorded = next(each for each in CALLS if each.function == function)
    output = tmp_path / "output.json"
    done = run(released, [recorded], output)
    assert done.returncode == 0, done.stderr
    result = json.loads(output.read_text())
    [played] = result["played"]
    assert differences(recorded, Exchange(**played)) == []
    modules = result["modules"]
    assert f"functions.{function}.handler" in modules
    assert {file for file in modules.values() if not file.startswith(f"{released}/")} == {str(WORLD)}


def should_report_a_package_that_lacks_a_module(released: Path, tmp_path: Path) -> None:
    root = tmp_path / "package"
    shutil.copytree(released, root)
    (root / "users" / "links.py").unlink()
    recorded = next(each for each in CALLS if each.function == "accounts")
    done = run(root, [recorded], tmp_path / "output.json")
    assert done.returncode != 0
    assert "No module named 'users.links'" in done.stderr


def should_hold_first_party_code_alone_in_a_zip_that_is_always_the_same() -> None:
    with zipfile.ZipFile(ZIP) as archive:
        entries = archive.infolist()
    names = [each.filename for each in entries]
    assert names == sorted(names)
    assert {each.date_time for each in entries} == {(1980, 1, 1, 0, 0, 0)}
    folders = {PurePosixPath(name).parts[0] for name in names}
    assert folders == {"files", "functions", "notices", "resources", "telemetry", "users", "web"}
    assert ZIP.stat().st_size < 1_000_000


def should_be_as_it_was_recorded() -> None:
    assert faults(V0_1_0.folder) == []


def should_report_a_recording_that_was_changed(tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    shutil.copytree(V0_1_0.folder, folder)
    (folder / "reads.json").write_text("[]")
    (folder / "links.json").unlink()
    (folder / "added.json").touch()
    assert faults(folder) == ["added.json", "links.json", "reads.json"]
