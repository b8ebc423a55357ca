"""Install everything the project needs into this folder: two virtual environments, Node and the CDK CLI.

Runs on a bare Python (standard library only). Each step is skipped while the lock it installs is unchanged.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = ROOT / ".venv"
EMULATOR = ROOT / ".venv-emulator"
OLDEST_PYTHON = (3, 11)


class SetupError(Exception):
    """What went wrong and how to mend it, in one sentence."""


def run(*command: str | Path, remedy: str, **options: object) -> None:
    try:
        done = subprocess.run(
            [str(word) for word in command], cwd=ROOT, capture_output=True, text=True, **options
        )  # type: ignore[call-overload]
    except OSError as error:
        raise SetupError(f"{command[0]} could not be started ({error}). {remedy}") from None
    if done.returncode:
        log = ROOT / ".local" / "setup.log"
        log.parent.mkdir(exist_ok=True)
        log.write_text(done.stdout + done.stderr)
        last = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise SetupError(f"{last[-1].strip()} (all of it: {log.relative_to(ROOT)}). {remedy}")


def pinned_uv() -> str:
    """The lines of uv, with its hashes, from the lock that has all others too."""
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("uv=="))
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith("    ")), len(lines))
    return "\n".join(line for line in lines[start:end] if not line.lstrip().startswith("#")) + "\n"


def create_host() -> None:
    shutil.rmtree(HOST, ignore_errors=True)
    run(
        *(sys.executable, "-m", "venv", HOST),
        remedy="Install Python's venv module (Debian, Ubuntu: apt install python3-venv) and run this again.",
    )
    lock = HOST / "uv.txt"
    lock.write_text(pinned_uv())
    run(
        *(HOST / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock),
        remedy="Check that the Python package index can be reached and run this again.",
    )


def sync(environment: Path, lock: Path) -> None:
    run(
        *(HOST / "bin" / "uv", "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"),
        *("--link-mode", "copy", "--python", environment / "bin" / "python", lock),
        remedy="Check that the Python package index can be reached and run this again.",
    )


def install_host() -> None:
    sync(HOST, ROOT / "requirements-dev.txt")


def install_emulator() -> None:
    run(
        *(HOST / "bin" / "uv", "venv", "--quiet", "--clear", "--python", sys.executable, EMULATOR),
        remedy="Remove .venv-emulator and run this again.",
    )
    sync(EMULATOR, ROOT / "local" / "requirements.txt")


def install_cdk() -> None:
    run(
        *(HOST / "bin" / "npm", "ci", "--silent"),
        env={**os.environ, "PATH": f"{HOST / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"},
        remedy="Check that the npm registry can be reached and run this again.",
    )


def step(title: str, action: Callable[[], None], stamp: Path, lock: str) -> None:
    """Do ``action`` unless ``stamp`` says that it was done with this very lock, Python and place."""
    wanted = hashlib.sha256(f"{sys.version} {sys.base_prefix} {ROOT}\n{lock}".encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"  … {title}", end="", flush=True)
    started = time.monotonic()
    action()
    stamp.write_text(wanted)
    print(f"\r  ✓ {title}  {time.monotonic() - started:.1f} s")


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        print(f"✗ Python 3.11 or newer is needed, this is {found}: run `make PYTHON=python3.11 …`.")
        return 1
    dev, emulator = (
        (ROOT / "requirements-dev.txt").read_text(),
        (ROOT / "local" / "requirements.txt").read_text(),
    )
    cdk = (ROOT / "package-lock.json").read_text()
    try:
        step("virtual environment", create_host, HOST / ".created", pinned_uv())
        step("Python packages", install_host, HOST / ".installed", dev)
        step("emulator", install_emulator, EMULATOR / ".installed", emulator)
        step("CDK command line", install_cdk, ROOT / "node_modules" / ".installed", cdk)
    except SetupError as error:
        print(f"\n✗ {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
