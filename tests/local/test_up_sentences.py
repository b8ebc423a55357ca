"""When `make up` cannot go on, it says why in one sentence and ends; and it stays on this machine."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.aws import Aws
from local.commands import bare_environment
from local.keys import Keys
from local.trouble import TroubleError
from tests.cloud import ROOT, Cloud
from tests.local.processes import listening_addresses
from tests.ports import free_port

LOOPBACK = "0100007F"


def failure_of(home: Path, *arguments: str, **environment: str) -> str:
    """What a start prints that cannot succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "local", f"--home={home}", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    [sentence] = done.stderr.splitlines()
    return sentence


def should_name_the_port_that_is_in_use_and_another_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = failure_of(tmp_path, PORT=str(port))
    assert sentence.startswith(f"✗ Port {port} is in use: stop what listens there, or choose another: PORT=")


@pytest.mark.parametrize(("port", "part"), [("http", "is no number"), ("70000", "There is no port 70000")])
def should_say_what_a_port_is(tmp_path: Path, port: str, part: str) -> None:
    assert part in failure_of(tmp_path, PORT=port)


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def should_end_with_its_sentence_on_a_terminal_without_its_mark(tmp_path: Path, encoding: str) -> None:
    sentence = failure_of(tmp_path, PORT="http", PYTHONIOENCODING=encoding, PYTHONUTF8="1")
    assert sentence == "? PORT is http, which is no number: try PORT=8080 make up."


def should_not_use_a_folder_that_another_run_uses(cloud: Cloud) -> None:
    sentence = failure_of(cloud.home, f"--port={free_port()}")
    assert str(cloud.home) in sentence
    assert "another clone" in sentence


def should_name_the_setting_that_is_wrong(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "local", f"--home={tmp_path}", f"--port={free_port()}"),
            "--context=primary_region=mars-north-1",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "✗ The synthesis failed" in done.stderr
    assert "mars-north-1" in done.stderr
    assert "Traceback" not in done.stderr


def should_listen_on_loopback_only(cloud: Cloud) -> None:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux shows in files who listens where")
    processes = cloud.processes()
    assert any("emulator" in command for command in processes.values())
    assert listening_addresses(processes) == {LOOPBACK}


@pytest.mark.parametrize(
    "endpoint",
    ["https://dynamodb.us-east-1.amazonaws.com", "http://10.0.0.1:4566", "http://127.0.0.1.example.com", ""],
)
def should_refuse_endpoints_that_are_not_on_this_machine(endpoint: str) -> None:
    with pytest.raises(TroubleError, match="not on this machine"):
        Aws(endpoint, Keys())


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"])
def should_accept_loopback_endpoints(endpoint: str) -> None:
    assert Aws(endpoint, Keys()).endpoint == endpoint


def should_hide_accounts_endpoints_and_proxies_from_what_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL",
        "HTTPS_PROXY",
        "CDK_DEFAULT_ACCOUNT",
    ):
        monkeypatch.setenv(name, "of-a-real-account")
    assert "of-a-real-account" not in bare_environment().values()
