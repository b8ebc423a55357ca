"""`make drill`: against what `make up` serves, or else against a cloud that is started for it and stopped."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".cache" / "drill"


def main() -> int:
    """Run the drill; its exit status."""
    arguments = sys.argv[1:]
    port = int(os.environ.get("PORT") or 8080)
    command = [sys.executable, "-m", "twinhull.ops", "drill", *arguments]
    if "--aws" in arguments or _answers(port):
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    with _cloud(port):
        environment = {**os.environ, "PORT": str(port)}
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _answers(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://localhost:{port}/_local/regions", timeout=5):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def _cloud(port: int) -> Iterator[None]:
    HOME.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "local", f"--home={HOME}", f"--port={port}"]
    # In a session of its own: Ctrl-C ends the drill first, which needs the cloud to put everything back.
    cloud = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        while not _answers(port):
            if cloud.poll() is not None:
                sys.exit(cloud.returncode or 1)
            time.sleep(0.2)
        yield
    finally:
        if cloud.poll() is None:
            cloud.send_signal(signal.SIGINT)
        cloud.wait()


if __name__ == "__main__":
    sys.exit(main())
