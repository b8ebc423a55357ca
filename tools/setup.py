"""Install everything the project needs into this folder: two virtual environments, Node and the CDK CLI.

Runs on a bare Python (standard library only). A step is skipped while what it installed is there and its lock
is unchanged.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import locale
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = ROOT / ".venv"
EMULATOR = ROOT / ".venv-emulator"
NODE_MODULES = ROOT / "node_modules"
HOST_LOCK = ROOT / "requirements-dev.txt"
EMULATOR_LOCK = ROOT / "local" / "requirements.txt"
CDK_LOCK = ROOT / "package-lock.json"
LOG = ROOT / ".local" / "setup.log"
TEMPORARY = ROOT / ".cache" / "setup"
IGNORED_VARIABLES = ROOT / "tools" / "variables.ignore"
STAMP = ".installed"
OLDEST_PYTHON = (3, 11)
INTERRUPTED = 130

PYTHON_INDEX = "Check that the Python package index can be reached{} and run this again."
NPM_REGISTRY = "Check that the npm registry can be reached and run this again."
CONFIGURATION = (
    "Look for a setting in the configuration of pip, uv or npm that installs elsewhere or something else, "
    "such as `target`; remove it and run this again."
)


class SetupError(Exception):
    """What went wrong and how to fix it, in one sentence."""


def controlled(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for installing, without those of the user's settings that could change it."""
    lines = [line.strip() for line in IGNORED_VARIABLES.read_text(encoding="utf-8").splitlines()]
    ignored = [line for line in lines if line and line[0] not in "#!"]
    exceptions = [line[1:] for line in lines if line.startswith("!")]
    kept = {
        name: value
        for name, value in environment.items()
        if any(fnmatchcase(name, pattern) for pattern in exceptions)
        or not any(fnmatchcase(name, pattern) for pattern in ignored)
    }
    # Not for the programs that are started: their output is read here, as UTF-8.
    kept.pop("PYTHONIOENCODING", None)
    return {
        **kept,
        "PATH": os.pathsep.join([str(HOST / "bin"), kept.get("PATH") or os.defpath]),
        "TMPDIR": str(TEMPORARY),
        "PYTHONUTF8": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


def run(*command: Path | str, remedy: str, **variables: str) -> str:
    """Run a command in the controlled environment; its output. Raises SetupError with the reason."""
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            env={**controlled(os.environ), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            # The lock stays with it: if this process is killed, the next set-up waits for its orphans.
            close_fds=False,
        )
    except OSError as error:
        raise SetupError(f"{command[0]} cannot be started ({error.strerror}). {remedy}") from None
    if done.returncode:
        LOG.parent.mkdir(exist_ok=True)
        LOG.write_text(done.stdout + done.stderr, encoding="utf-8")
        reason = reason_in(done.stderr or done.stdout) or f"{command[0]}: exit status {done.returncode}"
        raise SetupError(f"{reason} (all of it: {shown(LOG)}). {remedy}")
    return done.stdout


def reason_in(output: str) -> str:
    """Return the last line about an error, else the last one."""
    lines = [line.strip() for line in output.strip().splitlines()] or [""]
    return [lines[-1], *(line for line in lines if re.search(r"\berror\b", line, re.I))][-1]


def shown(path: Path) -> str:
    """Return a path as the user knows it from this folder."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def pinned_uv() -> str:
    """Return the lines of uv, with its hashes, from the lock that has all others too."""
    lines = HOST_LOCK.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("uv=="))
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith("    ")), len(lines))
    return "\n".join(line for line in lines[start:end] if not line.lstrip().startswith("#")) + "\n"


def create_host() -> None:
    """Create the environment of everything but the emulator, with uv in it."""
    run(
        *(sys.executable, "-I", "-m", "venv", "--clear", HOST),
        remedy="Install Python's venv module (Debian, Ubuntu: apt install python3-venv) and run this again.",
    )
    lock = TEMPORARY / "uv.txt"
    lock.write_text(pinned_uv(), encoding="utf-8")
    options = ("--quiet", "--disable-pip-version-check", "--no-input")
    pip: list[Path | str] = [HOST / "bin" / "python", "-m", "pip", *options]
    # In two steps: pip.conf says where packages come from, but may also say where they go (`user`, `target`).
    run(
        *(*pip, "download", "--no-deps", "--only-binary", ":all:", "--require-hashes"),
        *("--requirement", lock, "--dest", TEMPORARY / "uv"),
        remedy=PYTHON_INDEX.format(""),
    )
    run(
        *(*pip, "--isolated", "install", "--no-index", "--no-deps", *(TEMPORARY / "uv").iterdir()),
        remedy="Remove .venv and run this again.",
        PIP_CONFIG_FILE=os.devnull,
    )


def create_emulator() -> None:
    """Create the environment of the emulator."""
    run(
        *(HOST / "bin" / "uv", "venv", "--quiet", "--clear", "--python", sys.executable, EMULATOR),
        remedy="Remove .venv-emulator and run this again.",
    )


def sync(environment: Path, lock: Path) -> None:
    """Make an environment hold what its lock pins."""
    run(
        *(HOST / "bin" / "uv", "pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode"),
        *("--link-mode", "copy", "--python", environment / "bin" / "python", lock),
        remedy=PYTHON_INDEX.format(" (uv reads UV_DEFAULT_INDEX and uv.toml, not pip's settings)"),
    )


def site_packages(environment: Path) -> Path:
    """Return where an environment keeps its packages."""
    return environment / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def install_host(anew: bool) -> None:
    """Install the Python packages of everything but the emulator."""
    if anew:
        create_host()
    sync(HOST, HOST_LOCK)
    # `python -m local`, `app.py` and pytest find the project's packages by this, whether or not Python looks
    # into the current folder (PYTHONSAFEPATH, -I). Relative, so that it is ASCII wherever this folder is.
    (site_packages(HOST) / "project.pth").write_text("../../../..\n", encoding="ascii")


def install_emulator(anew: bool) -> None:
    """Install the emulator into an environment of its own."""
    if anew:
        create_emulator()
    sync(EMULATOR, EMULATOR_LOCK)


def install_cdk(_: bool) -> None:
    """Install the CDK CLI."""
    # The flags undo what an .npmrc may hold.
    run(
        *(
            HOST / "bin" / "npm",
            "ci",
            "--loglevel=error",
            "--no-progress",
            "--include=dev",
            "--bin-links=true",
        ),
        *("--global=false", "--location=project", "--package-lock=true", "--package-lock-only=false"),
        *("--dry-run=false", "--install-strategy=hoisted"),
        remedy=NPM_REGISTRY,
    )


def answer(*command: str | Path, remedy: str) -> str:
    """Return the first line that a program answers, which is to show that it works."""
    lines = run(*command, remedy=remedy).strip().splitlines()
    return lines[0] if lines else ""


def verify_environment(environment: Path, lock: Path, modules: str) -> None:
    """Raise SetupError unless an environment holds what its lock pins, and imports ``modules``."""
    name = shown(environment)
    # Its own Python says whose it is: a link may have led elsewhere.
    where = answer(
        *(environment / "bin" / "python", "-I", "-c", f"import sys, {modules}; print(sys.prefix)"),
        remedy=f"Remove {name} and run this again.",
    )
    if Path(where).resolve() != environment:
        raise SetupError(f"{name}/bin/python belongs to {where}. Remove {name} and run this again.")
    differences = run(
        *(HOST / "bin" / "python", "-I", ROOT / "tools" / "installed.py", lock, site_packages(environment)),
        remedy="Remove .venv and run this again.",
    ).splitlines()
    if differences:
        more = f" and {len(differences) - 3} more" if len(differences) > 3 else ""
        faults = ", ".join(differences[:3]) + more
        raise SetupError(f"{name} is not what {shown(lock)} pins ({faults}). {CONFIGURATION}")


def verify_host() -> None:
    """Raise SetupError unless the Python packages, uv and Node answer from where they belong."""
    verify_environment(HOST, HOST_LOCK, "uv, local")
    for program, pattern in (("uv", "uv [0-9]"), ("node", "v[0-9]")):
        said = answer(HOST / "bin" / program, "--version", remedy="Remove .venv and run this again.")
        if not re.match(pattern, said):
            raise SetupError(f"`{program} --version` answers {said!r}. Remove .venv and run this again.")


def verify_emulator() -> None:
    """Raise SetupError unless the emulator's Python imports it."""
    verify_environment(EMULATOR, EMULATOR_LOCK, "ministack.app")


def verify_cdk() -> None:
    """Raise SetupError unless the CDK CLI answers with the version that is locked."""
    wanted = json.loads(CDK_LOCK.read_text(encoding="utf-8"))["packages"]["node_modules/aws-cdk"]["version"]
    said = answer(NODE_MODULES / ".bin" / "cdk", "--version", remedy=CONFIGURATION)
    if said.split()[:1] != [wanted]:
        raise SetupError(f"`cdk --version` answers {said!r}, not {wanted}. {CONFIGURATION}")


@dataclass(frozen=True)
class Step:
    """One thing to install, how to see that it works, and which of its files show that it is still there."""

    title: str
    folder: Path
    lock: str
    files: tuple[str, ...]
    install: Callable[[bool], None]
    verify: Callable[[], None]

    @property
    def _hash(self) -> str:
        return hashlib.sha256(self.lock.encode()).hexdigest()

    @property
    def _stamp(self) -> Path:
        return self.folder / STAMP

    def _read_stamp(self) -> dict[str, object]:
        """Return the last verified state; empty if it is gone or of another Python or place."""
        try:
            stamp = json.loads(self._stamp.read_text(encoding="utf-8"))
            trusted = stamp["made_by"] == made_by() and all(
                os.path.exists(self.folder / file)  # noqa: PTH110 -- thousands of them
                for file in stamp["files"]
            )
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return stamp if trusted else {}

    def is_current(self) -> bool:
        """Return whether nothing has to be done."""
        return self._read_stamp().get("lock") == self._hash

    def ensure(self) -> None:
        """Install and verify, unless that was done with this lock, Python and place and is still there."""
        if self.is_current():
            return
        stamp = self._read_stamp()
        started = time.monotonic()
        if sys.stdout.isatty():
            print(f"  … {self.title}", end="\r", flush=True)
        if stamp:
            self._stamp.unlink()
        else:
            # Whatever an interrupted run has left is not to be trusted.
            remove(self.folder)
        self.install(not stamp)
        self.verify()
        files = sorted(
            str(path.relative_to(self.folder))
            for pattern in self.files
            for path in self.folder.glob(pattern)
            if path.name != "__pycache__"
        )
        part = self._stamp.with_suffix(".part")
        part.write_text(
            json.dumps({"made_by": made_by(), "lock": self._hash, "files": files}), encoding="utf-8"
        )
        part.replace(self._stamp)
        print(f"  ✓ {self.title}  {time.monotonic() - started:.1f} s", flush=True)


def made_by() -> str:
    """Return which Python installs, and where."""
    return f"{sys.version} {sys.base_prefix} {ROOT}"


def remove(folder: Path) -> None:
    """Remove a folder, or the link that stands in its place. Raises SetupError when that is not allowed."""
    try:
        if folder.is_symlink():
            folder.unlink()
        elif folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise SetupError(
            f"{error.filename} cannot be removed ({error.strerror}). Remove it and run this again."
        ) from None


def steps() -> list[Step]:
    """Return everything to install, in order."""
    packages = ("bin/*", "lib/*/site-packages/*", "lib/*/site-packages/*/*")
    host, emulator, cdk = (lock.read_text(encoding="utf-8") for lock in (HOST_LOCK, EMULATOR_LOCK, CDK_LOCK))
    return [
        Step("Python packages", HOST, host, packages, install_host, verify_host),
        Step("emulator", EMULATOR, emulator, packages, install_emulator, verify_emulator),
        Step("CDK command line", NODE_MODULES, cdk, (".bin/*", "*/*", "*/bin/*"), install_cdk, verify_cdk),
    ]


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Wait until no other set-up works in a folder, and keep others from it."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("  … another set-up is running in this folder: waiting for its end", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        os.set_inheritable(lock, True)
        yield
    finally:
        os.close(lock)


def replace_what_cannot_be_shown() -> None:
    """Print in the terminal's encoding, even in UTF-8 mode, without failing at a mark that it lacks."""
    for stream in (sys.stdout, sys.stderr):
        encoding = stream.encoding if os.environ.get("PYTHONIOENCODING") else locale.getencoding()
        stream.reconfigure(encoding=encoding, errors="replace")  # type: ignore[union-attr]


def main() -> int:
    """Install and verify what is missing; the exit status."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        print(f"Python 3.11 or newer is needed, this is {found}: run `make PYTHON=python3.11 setup`.")
        return 1
    replace_what_cannot_be_shown()
    # Others' access is the user's choice; what is installed must at least be the user's own to read and run.
    os.umask(os.umask(0o022) & 0o077)
    try:
        with exclusive(ROOT):
            remove(TEMPORARY)
            for step in steps():
                step.ensure()
            remove(TEMPORARY)
    except SetupError as error:
        return fail(f"✗ {error}")
    except OSError as error:
        place = error.filename or ROOT
        return fail(
            f"✗ {place}: {error.strerror}. Make room there, or give yourself access, and run this again."
        )
    except KeyboardInterrupt:
        return fail(
            "\nInterrupted: run this again, and what was not finished is installed from the beginning.",
            status=INTERRUPTED,
        )
    return 0


def fail(sentence: str, *, status: int = 1) -> int:
    """Print why it ends; the exit status."""
    print(sentence, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
