"""Runs the commands of the set-up, each with a log, none of which outlives this process."""

import asyncio
import os
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local.trouble import TroubleError

ROOT = Path(__file__).resolve().parents[1]
TETHER = Path(__file__).with_name("tether.py")
SHOWN = 12
"""Lines of a failed command's output that are shown."""

INHERITED = ("HOME", "LANG", "LC_ALL", "XDG_CACHE_HOME", "PATH", "SSL_CERT_FILE", "UV_CACHE_DIR")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
CONFIGURATION = ("NETRC", "SSL_CERT_DIR", "XDG_CONFIG_HOME")


def bare_environment() -> dict[str, str]:
    """This process's environment without what could lead a command to a real account.

    That is: credentials, profiles, endpoints, proxies.
    """
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    kept["PATH"] = os.pathsep.join([str(ROOT / ".venv" / "bin"), kept.get("PATH", os.defpath)])
    # The first usable one; unlike Python, Node takes $TMPDIR even when there is no such folder.
    kept["TMPDIR"] = tempfile.gettempdir()
    # Files are UTF-8 whatever the terminal is.
    kept["PYTHONUTF8"] = "1"
    # The CDK CLI must not look for a newer version of itself, nor ask anything on a terminal.
    return kept | {"AWS_EC2_METADATA_DISABLED": "true", "CI": "1", "NO_COLOR": "1"}


def installing_environment() -> dict[str, str]:
    """The bare environment, and where packages are found: for a command that asks nothing of AWS."""
    found = {
        name
        for name in os.environ
        if name.startswith("UV_") or name.upper() in PROXIES or name in CONFIGURATION
    }
    return bare_environment() | {name: os.environ[name] for name in found}


async def run(
    what: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    folder: Path = ROOT,
    each_line: Callable[[str], None] = lambda _: None,
) -> None:
    """Run a command to its end, its output into `log` and line by line to `each_line`.

    Raises TroubleError with its last lines when it fails; `what` says what did, as in "The deployment".
    Cancelling kills it.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(TETHER), *command,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env=dict(environment), cwd=folder, limit=2**20, start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    last: deque[str] = deque(maxlen=SHOWN)
    try:
        with log.open("w", encoding="utf-8") as file:
            async for raw in process.stdout:
                line = raw.decode(errors="replace").rstrip()
                print(line, file=file, flush=True)
                if line:
                    last.append(line)
                each_line(line)
        status = await process.wait()
    finally:
        process.stdin.close()
        await asyncio.shield(process.wait())
    if status:
        tail = "\n".join(f"    {line}" for line in last)
        raise TroubleError(f"{what} failed (exit status {status}); the whole output is in {log}:\n{tail}")
