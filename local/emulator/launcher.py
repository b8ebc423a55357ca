"""Starts MiniStack with what it lacks, on loopback only, and stops it cleanly whatever happens to the parent.

It says what happens in lines of JSON on standard output: `{"ready": url, "killed": bool}` or
`{"failed": sentence}`. Standard input begins with the keys of this run, on one line. It stops, saving its
state, on SIGTERM, on SIGINT, and when standard input reaches its end: then the parent is gone, even if it was
killed. Later signals change nothing, so that a second Ctrl-C cannot cut the saving short.
"""

import argparse
import asyncio
import contextlib
import ipaddress
import json
import logging
import os
import signal
import socket
import threading
from pathlib import Path

from local.emulator.workspace import InUseError, Workspace
from local.keys import Keys

LOOPBACK = "127.0.0.1"
# The parent writes this to standard input when a stop from now on shall save, else anything else.
KEEP = b"+"


def _say(**message: object) -> None:
    print(json.dumps(message), flush=True)


def _port_of(claim: socket.socket) -> int:
    return int(claim.getsockname()[1])


def _configure(port: int, workspace: Workspace) -> None:
    """Set what MiniStack reads from its environment; nothing that a function would take for its own."""
    os.environ.update(
        {
            "AUTH": "true",
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(port),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(workspace.state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(workspace.objects),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # Each queued call of a function holds a thread (see workers).
            "MINISTACK_WORKER_THREADS": "512",
            # It would otherwise remove containers of other emulators on this machine.
            "DOCKER_HOST": f"unix://{workspace.temporary}/no-docker.sock",
            "TMPDIR": str(workspace.temporary),
            "TZ": "UTC",
        }
    )
    # An endpoint given here would win over this emulator in every function's process.
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
        del os.environ[name]


def _hide_from_functions() -> None:
    """Take out what MiniStack has read by now: the process of each function inherits the rest."""
    for name in ("AUTH", "BIND_HOST", "LOG_LEVEL", "PERSIST_STATE", "S3_DATA_DIR", "S3_PERSIST", "STATE_DIR"):
        os.environ.pop(name, None)


class _SaveFailures(logging.Handler):
    """Remembers what MiniStack could not save: it only logs it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


class _Stop:
    """The wish to stop. Its signal handlers stay until the process ends, long after the event loop."""

    def __init__(self) -> None:
        self.worth_keeping = True
        self._wished = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._noticed = asyncio.Event()

    def wish(self, *_: object) -> None:
        self._wished.set()
        if self._loop is not None:
            # The loop may be closed already.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._noticed.set)

    def listen(self) -> None:
        """From now on, SIGTERM, SIGINT and the end of standard input are wishes."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.wish)

        def wait_for_the_parent() -> None:
            while told := os.read(0, 4096):
                self.worth_keeping = told.endswith(KEEP)
            self.wish()

        threading.Thread(target=wait_for_the_parent, daemon=True).start()

    async def wait(self) -> None:
        self._loop = asyncio.get_running_loop()
        if self._wished.is_set():
            return
        await self._noticed.wait()


def _read_keys() -> Keys | None:
    """Read the first line of standard input and not a byte more: what follows is for `_Stop`."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return None
        line += byte
    try:
        return Keys.from_json(line.decode())
    except ValueError:
        return None


async def _serve(claim: socket.socket, keys: Keys, stop: _Stop, killed: bool) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app
    from ministack.core import lambda_runtime

    from local.emulator import replicas, tables
    from local.emulator.request_guard import RequestGuard

    port = _port_of(claim)

    async def announce() -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection(LOOPBACK, port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            _say(ready=f"http://{LOOPBACK}:{port}", killed=killed)
            return

    async def stopping() -> None:
        await stop.wait()
        # Before the state is saved, and so that no call keeps a thread (and this process) alive.
        await asyncio.to_thread(lambda_runtime.reset)
        tables.flush()
        replicas.flush()

    config = Config()
    config.bind = [f"fd://{claim.detach()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    announcing = asyncio.create_task(announce())
    guarded = RequestGuard(app.app, keys=keys, port=port)
    await serve(guarded, config, shutdown_trigger=stopping)
    announcing.cancel()
    await asyncio.to_thread(lambda_runtime.reset)


def _run(
    claim: socket.socket,
    keys: Keys,
    workspace: Workspace,
    stop: _Stop,
    *,
    decisions: Path | None,
    delay: float,
    workers: int,
    killed: bool,
) -> int:
    import tempfile

    tempfile.tempdir = str(workspace.temporary)
    from ministack import app

    import local.emulator.adaptations as adaptations

    adaptations.install(
        workspace.home,
        keys,
        decisions=decisions,
        replication_delay=delay,
        workers_per_function=workers,
    )
    _hide_from_functions()
    # It runs whatever scripts it finds in folders of the machine's root.
    app._collect_scripts = lambda *_: []
    failures = _SaveFailures()
    logging.getLogger("persistence").addHandler(failures)
    asyncio.run(_serve(claim, keys, stop, killed))
    if failures.messages:
        _say(failed="The state was not saved: " + "; ".join(failures.messages))
        return 1
    if not stop.worth_keeping:
        workspace.drop()
        return 3
    workspace.keep()
    return 0


def main(argv: list[str] | None = None) -> int:
    """Serve until told to stop; the exit status is 0 when the state was saved."""
    parser = argparse.ArgumentParser(
        prog="emulator", description="MiniStack with what twinhull's templates need"
    )
    parser.add_argument("--home", type=Path, required=True, help="where its state is kept")
    parser.add_argument("--snapshot", type=Path, help="saved state that a home without any starts from")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default=LOOPBACK, help="the address to listen on; only loopback is allowed")
    parser.add_argument(
        "--replication-delay",
        type=float,
        default=1.0,
        help="seconds, for eventual tables and for buckets",
    )
    parser.add_argument(
        "--decisions", type=Path, help="a folder that keeps the decisions about roles of each run"
    )
    parser.add_argument(
        "--workers", type=int, default=4, help="processes per function version; further calls queue"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=60.0,
        help="seconds for a run whose parent was killed to save its state",
    )
    options = parser.parse_args(argv)
    if not _is_loopback(options.host):
        _say(failed=f"The emulator listens on {LOOPBACK} only, not on {options.host}.")
        return 2
    with socket.socket() as claim:
        # Kept until it listens: a port that is given back is soon somebody else's.
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            claim.bind((LOOPBACK, options.port))
        except OSError:
            _say(failed=f"Port {options.port} is in use: stop what uses it or choose another.")
            return 2
        return _claimed(claim, options)


def _claimed(claim: socket.socket, options: argparse.Namespace) -> int:
    keys = _read_keys()
    if keys is None:
        _say(failed="The keys of this run are missing: the first line of standard input must hold them.")
        return 2
    stop = _Stop()
    stop.listen()
    workspace = Workspace(options.home.resolve())
    try:
        killed = workspace.open(port=_port_of(claim), patience=options.patience, snapshot=options.snapshot)
    except InUseError as error:
        _say(failed=f"{str(error)[0].upper()}{str(error)[1:]}: stop it first.")
        return 2
    _configure(_port_of(claim), workspace)
    return _run(
        claim,
        keys,
        workspace,
        stop,
        decisions=options.decisions,
        delay=options.replication_delay,
        workers=options.workers,
        killed=killed,
    )


def _is_loopback(host: str) -> bool:
    # Only this one address is ever bound, but another spelling must be refused rather than ignored.
    try:
        return ipaddress.ip_address(host).is_loopback and host == LOOPBACK
    except ValueError:
        return False
