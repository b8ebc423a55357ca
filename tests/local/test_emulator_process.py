"""The emulator as a process: loopback only, its state saved at a clean end, nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from local.emulator_process import ENVIRONMENT, ROOT, Emulator, EmulatorError
from local.keys import Keys
from tests.local.emulated import client, deploy, function_template
from tests.tiers import first


def keep_something(emulator: Emulator) -> None:
    client(emulator, "secretsmanager").create_secret(Name="kept", SecretString="value")


def kept(emulator: Emulator) -> bool:
    secrets = client(emulator, "secretsmanager").list_secrets()["SecretList"]
    return [secret["Name"] for secret in secrets] == ["kept"]


def alive(pid: int) -> bool:
    """Whether a process runs (and is not merely waiting to be collected by its parent)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while alive(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.05)


def launch(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ENVIRONMENT / "bin/python", "-I", ROOT / "local/emulator/__main__.py", *options],
        input=f"{Keys().to_json()}\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture(params=first([signal.SIGTERM, signal.SIGINT]))
def ending(request: pytest.FixtureRequest) -> Iterator[int]:
    yield request.param


def should_keep_its_state_over_a_signal(tmp_path: Path, ending: int) -> None:
    emulator = Emulator(tmp_path)
    keep_something(emulator)
    os.kill(emulator.pid, ending)
    os.kill(emulator.pid, ending)
    assert emulator.stop()
    with Emulator(tmp_path) as again:
        assert kept(again)
        assert not again.killed


def should_not_let_later_signals_break_the_saving(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path)
    keep_something(emulator)
    deadline = time.monotonic() + 15
    while alive(emulator.pid):
        assert time.monotonic() < deadline
        os.kill(emulator.pid, signal.SIGINT)
        time.sleep(0.005)
    assert emulator.stop()
    with Emulator(tmp_path) as again:
        assert kept(again)


def should_save_and_end_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time, json\n"
            f"sys.path[:0] = [{str(ROOT)!r}]\n"
            "from pathlib import Path\n"
            "from local.emulator_process import Emulator\n"
            f"emulator = Emulator(Path({str(tmp_path)!r}))\n"
            "print(json.dumps([emulator.pid, emulator.url, emulator.keys.to_json()]), flush=True)\n"
            "time.sleep(60)\n",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pid, url, keys = json.loads(parent.stdout.readline())
    keep_something(cast(Emulator, SimpleNamespace(url=url, keys=Keys.from_json(keys))))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    # The next run may come before the first has saved its state: it waits.
    with Emulator(tmp_path) as again:
        assert kept(again)
        assert not again.killed
    assert not alive(pid)


def should_start_from_the_last_clean_stop_after_it_was_killed_and_say_so(tmp_path: Path) -> None:
    with Emulator(tmp_path) as emulator:
        keep_something(emulator)
    emulator = Emulator(tmp_path)
    client(emulator, "secretsmanager").create_secret(Name="lost", SecretString="value")
    emulator.kill()
    with Emulator(tmp_path) as again:
        assert again.killed
        assert kept(again)


@pytest.mark.parametrize("how", ["stop", "kill"])
def should_leave_no_function_running(tmp_path: Path, how: str) -> None:
    emulator = Emulator(tmp_path)
    deploy(emulator, "functions", function_template())
    answer = client(emulator, "lambda").invoke(FunctionName="sample", Payload=b"{}")
    pid = json.load(answer["Payload"])["pid"]
    assert alive(pid)
    emulator.stop() if how == "stop" else emulator.kill()
    wait_until_gone(pid)
    assert not alive(emulator.pid)


def should_end_at_once_although_a_function_runs(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path)
    deploy(emulator, "functions", function_template())
    client(emulator, "lambda").invoke(
        FunctionName="sample", InvocationType="Event", Payload=json.dumps({"sleep": 25}).encode()
    )
    time.sleep(1)
    started = time.monotonic()
    assert emulator.stop()
    assert time.monotonic() - started < 10


def should_show_functions_nothing_of_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("SOMETHING_OF_THE_HOST", "secret")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Emulator(tmp_path / "home") as emulator:
        deploy(emulator, "functions", function_template())
        answer = client(emulator, "lambda").invoke(FunctionName="sample", Payload=b"{}")
        seen = json.load(answer["Payload"])
        not_theirs = {"SOMETHING_OF_THE_HOST", "PYTHONPATH", "LOG_LEVEL", "STATE_DIR"}
        assert not seen["environment"].keys() & not_theirs
        assert seen["environment"]["AWS_ENDPOINT_URL"] == emulator.url
    assert not [path for path in seen["paths"] if path.startswith(str(ROOT)) and str(ENVIRONMENT) not in path]
    assert str(tmp_path) not in seen["paths"]


def should_listen_on_loopback_only(tmp_path: Path) -> None:
    with Emulator(tmp_path) as emulator:
        inodes = {
            str(entry.readlink()).removeprefix("socket:[").removesuffix("]")
            for entry in Path(f"/proc/{emulator.pid}/fd").iterdir()
            if str(entry.readlink()).startswith("socket:")
        }
        addresses = set()
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{emulator.pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in inodes:
                    addresses.add(fields[1].split(":")[0])
        assert addresses == {"0100007F"}


def should_refuse_to_listen_anywhere_else(tmp_path: Path) -> None:
    done = launch(f"--home={tmp_path}", "--port=0", "--host=0.0.0.0")
    assert done.returncode == 2
    assert json.loads(done.stdout)["failed"] == "The emulator listens on 127.0.0.1 only, not on 0.0.0.0."


def should_say_that_the_port_is_in_use(tmp_path: Path) -> None:
    with Emulator(tmp_path / "one") as emulator:
        port = int(emulator.url.rpartition(":")[2])
        with pytest.raises(EmulatorError, match=f"Port {port} is in use"):
            Emulator(tmp_path / "two", port)


def should_refuse_to_work_in_the_folder_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(tmp_path):
        done = launch(f"--home={tmp_path}", "--port=0", "--patience=0")
        assert done.returncode == 2
        assert "Another emulator works in" in json.loads(done.stdout)["failed"]
