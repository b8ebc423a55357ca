"""The fixture `cloud`: `make up` as a person would start it, once for each process that runs tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.aws import Aws
from local.keys import Keys
from tests.local.client import Client
from tests.local.processes import survivors, tree_of
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 240.0
"""Seconds that a start may take, or wait for another that deploys the same, on a busy machine."""


class Cloud:
    """A running `python -m local`, with a home folder and a port of its own."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home = home
        self._log = home.with_suffix(".out")
        self._arguments = arguments
        self._may_move = True
        self._config: Any = None
        self._token: str | None = None
        self._start(free_port())

    def _start(self, port: int) -> None:
        self.port = port
        self.url = f"http://localhost:{port}"
        self.edge = Client(self.url)
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local", f"--home={self.home}", f"--port={port}", *self._arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """All that was printed so far."""
        return self._log.read_text()

    @property
    def config(self) -> Any:
        """What `/_local/config` answers."""
        if self._config is None:
            self._config = self.edge("GET", "/_local/config").json()
        return self._config

    @property
    def keys(self) -> Keys:
        """What signs requests to its AWS APIs."""
        aws = self.config["aws"]
        return Keys(aws["access_key_id"], aws["secret_access_key"])

    @property
    def aws(self) -> Aws:
        """Clients of its AWS APIs."""
        return Aws(self.config["aws"]["endpoint"], self.keys)

    @property
    def origins(self) -> dict[str, Client]:
        """Each region's API by its own address, with the headers that the edge adds."""
        return {
            region: Client(origin["url"], origin["headers"])
            for region, origin in self.config["origins"].items()
        }

    @property
    def token(self) -> str:
        """A bearer token of the administrator's."""
        if self._token is None:
            answer = self.edge("POST", "/api/v1/sessions", self.config["admin"])
            assert answer.status == 201, answer.text
            self._token = answer.json()["token"]
        assert self._token is not None
        return self._token

    @property
    def admin(self) -> dict[str, str]:
        """The administrator's e-mail and password."""
        admin: dict[str, str] = self.config["admin"]
        return admin

    @property
    def as_admin(self) -> Client:
        """The edge, for somebody signed in as the administrator."""
        return self.edge.signed_in(self.token)

    @property
    def regions(self) -> list[str]:
        """The regions, the primary first."""
        return [region["name"] for region in self.edge("GET", "/_local/regions").json()["regions"]]

    @contextmanager
    def region(self, name: str, state: str) -> Iterator[None]:
        """A region in a state, for as long as the block lasts."""
        self.put_region(name, state)
        try:
            yield
        finally:
            self.put_region(name, "up")

    def wait_for(self, text: str, *, patience: float = PATIENCE) -> "Cloud":
        """Wait until something was printed; fails when the process ends before."""
        deadline = time.monotonic() + patience
        while text not in self.output:
            if self._may_move and self.process.poll() is not None and " is in use: " in self.output:
                # Somebody took the port meanwhile: once, that is bad luck.
                self._may_move = False
                self._start(free_port())
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, f"not within {patience} s: {text}\n{self.output}"
            time.sleep(0.05)
        return self

    def wait_until_ready(self) -> "Cloud":
        """Wait until all works."""
        return self.wait_for("Ready after")

    def put_region(self, name: str, state: str) -> None:
        """Bring a region into a state."""
        answer = self.edge("PUT", f"/_local/regions/{name}", {"state": state})
        assert answer.status == 200, answer.text

    def processes(self) -> dict[int, str]:
        """Its process and all that it started: id → command."""
        return tree_of(self.process.pid)

    def stop(self, number: signal.Signals = signal.SIGINT, *, patience: float = 60) -> int:
        """Send a signal, wait for the end, see that nothing is left; the exit status."""
        processes = self.processes()
        self.process.send_signal(number)
        status = self.process.wait(timeout=patience)
        left = survivors(processes, patience=0 if number != signal.SIGKILL else patience)
        assert not left, f"left behind: {left}"
        return status


def emulator_of(cloud: Cloud) -> int:
    """The process id of a cloud's emulator."""
    [pid] = [pid for pid, command in cloud.processes().items() if "local/emulator/__main__.py" in command]
    return pid


Start = Callable[..., Cloud]


@pytest.fixture(scope="session")
def start_cloud() -> Iterator[Start]:
    """Starts clouds; whatever a failed test left running is stopped at the end."""
    started: list[Cloud] = []

    def start(home: Path, *arguments: str) -> Cloud:
        started.append(Cloud(home, *arguments))
        return started[-1]

    yield start
    for cloud in started:
        if cloud.process.poll() is None:
            cloud.stop()


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, start_cloud: Start) -> Cloud:
    """The app as deployed on this machine, both regions up; shared by all tests that only use it."""
    return start_cloud(tmp_path_factory.mktemp("cloud") / "home").wait_until_ready()
