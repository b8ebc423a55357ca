"""The emulator as seen from the host: a child process that never outlives its parent.

How to reach what is deployed in it (`emulator.url` is `http://127.0.0.1:<port>`):

- *Any AWS API*: the SDK or the CLI with `emulator.environment(region)`. The region is the one of the
  request's signature (its credential scope), so each client must be made for the region that it talks to.
  Requests must be signed by `emulator.keys`, the account's root, or by a session of a role, whose policies
  are enforced. The account is `ACCOUNT`.
- *An HTTP API of a region*: `{url}/_aws/execute-api/{api_id}/{stage}/{path}`, with the headers
  `emulator.internal_headers`; stage `$default` may stand there, and a handler then sees the path without the
  prefix. API ids are unique over the regions. Cookies of a request stay in the header `cookie`; throttling
  and access logs are stored, not done.
- *A bucket*: `{url}/{bucket}/{key}`, path style.
- *A function's log*: CloudWatch Logs of the region, in the group its template names, a stream per call, with
  the lines that the function writes. A call of a function that writes none takes 50 ms longer: MiniStack
  waits so long for a first line.
"""

import json
import os
import select
import subprocess
import threading
import time
from collections.abc import Container, Mapping
from pathlib import Path
from typing import ClassVar, Self

from local.keys import INTERNAL_HEADER, Keys

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv-emulator"
ACCOUNT = "000000000000"
REGIONS = "regions.json"
"""File in the emulator's home that tells it of the regions (local/emulator/regions.py)."""

START_SECONDS = 300.0
"""For a machine busy with other things: an emulator that fails says so at once, or ends."""
STOP_SECONDS = 120.0
"""To save its state on such a machine."""


DECISIONS = "DECISIONS"
"""Environment variable: the folder that keeps the decisions about roles (local/emulator/permissions.py)."""


class EmulatorError(Exception):
    """The emulator could not start; the message is a sentence for the person at the terminal."""


class Emulator:
    """A running emulator; a context manager that stops it.

    Args:
        home: the folder of its state; at most one emulator may work in it.
        port: 0 takes a free one.
        replication_delay: seconds until the other region has what is written to a table that is not strong,
            or to a bucket that replicates.
        workers: processes per function version; further calls queue.
        snapshot: another home's saved state, from which a home without any starts.

    Attributes:
        url: `http://127.0.0.1:<port>`.
        keys: what signs requests to it.
        killed: the run before this one was killed: the state is that of the last clean stop.
        log: the file that it logs to.
    """

    ENTRY: ClassVar[tuple[str, ...]] = (str(ROOT / "local" / "emulator" / "__main__.py"),)

    def __init__(
        self,
        home: Path,
        port: int = 0,
        *,
        replication_delay: float = 1.0,
        workers: int = 4,
        snapshot: Path | None = None,
        patience: float = START_SECONDS,
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._home = home
        self.keys = Keys()
        # Until somebody serves the regions of this run, they are not up.
        (home / REGIONS).unlink(missing_ok=True)
        self.log = home / "emulator.log"
        command = [
            str(ENVIRONMENT / "bin" / "python"),
            "-I",
            *self.ENTRY,
            f"--home={home}",
            f"--port={port}",
            f"--replication-delay={replication_delay}",
            f"--workers={workers}",
            *([f"--snapshot={snapshot}"] if snapshot else []),
        ]
        if DECISIONS in os.environ:
            command.append(f"--decisions={os.environ[DECISIONS]}")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                # Bare, because every function's process inherits it.
                env={
                    "PATH": f"{ENVIRONMENT / 'bin'}:/usr/bin:/bin",
                    "LANG": "C.UTF-8",
                    "LOG_LEVEL": "WARNING",
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=home,
                # Ctrl-C at the terminal is for the parent, which stops this in its own order.
                start_new_session=True,
            )
        assert self._process.stdin is not None
        # Not by the environment or the command line, which other programs can read.
        self._process.stdin.write(f"{self.keys.to_json()}\n".encode())
        self._process.stdin.flush()
        message = self._first_message(patience)
        if "ready" not in message:
            self.stop()
            raise EmulatorError(str(message.get("failed", f"The emulator did not start: see {self.log}.")))
        self.url = str(message["ready"])
        self.killed = bool(message["killed"])
        threading.Thread(target=self._drain, daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id of the emulator."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """False when it has ended, by itself or because it was stopped."""
        return self._process.poll() is None

    def _first_message(self, patience: float) -> dict[str, object]:
        assert self._process.stdout is not None
        deadline = time.monotonic() + patience
        line = b""
        while not line.endswith(b"\n"):
            readable, _, _ = select.select(
                [self._process.stdout], [], [], max(0.0, deadline - time.monotonic())
            )
            chunk = os.read(self._process.stdout.fileno(), 4096) if readable else b""
            if not chunk:
                return {}
            line += chunk
        message: dict[str, object] = json.loads(line.splitlines()[0])
        return message

    def _drain(self) -> None:
        assert self._process.stdout is not None
        for _ in self._process.stdout:
            pass

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """What the AWS CLI, the CDK CLI and SDKs need to talk to this emulator, and nothing of the host's."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.keys.secret_access_key,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    @property
    def internal_headers(self) -> dict[str, str]:
        """Return the headers by which requests to HTTP APIs, and signed forms and links, pass."""
        return {INTERNAL_HEADER: self.keys.internal}

    def keep(self, worth_keeping: bool) -> None:
        """Say whether a stop from now on saves the state: half a deployment is not worth keeping.

        It holds for the stop after a kill of this process too.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(b"+" if worth_keeping else b"-")
        self._process.stdin.flush()

    def tell_regions(self, fronts: Mapping[str, str], up: Container[str], mute: Container[str] = ()) -> None:
        """Say where each region is reached from now on, and which ones are up: others start nothing.

        Those that are ``mute`` may be up, and give no answer.
        """
        known = {
            region: {"front": front, "up": region in up, "answers": region in up and region not in mute}
            for region, front in fronts.items()
        }
        part = self._home / f"{REGIONS}.part"
        part.write_text(json.dumps(known))
        part.replace(self._home / REGIONS)

    def stop(self, patience: float = STOP_SECONDS) -> bool:
        """Stop it and wait; True when its state was saved."""
        assert self._process.stdin is not None
        if not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            return self._process.wait(timeout=patience) == 0
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False

    def kill(self) -> None:
        """End it without saving (for tests of what is left then)."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
