"""Whatever an assembly and its deployment depend on, as hashes."""

import hashlib
import json
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.commands import ROOT

SYNTHESIS = (
    "app.py",
    "cdk.context.json",
    "cdk.json",
    "lambdas",
    "node_modules/aws-cdk/package.json",
    "requirements.txt",
    "site",
    "stacks",
    "twinhull",
)
"""Files and folders that the synthesis reads."""

EMULATOR = (
    ".venv-emulator/pyvenv.cfg",
    "local/addresses.py",
    "local/emulator",
    "local/keys.py",
    "local/requirements.txt",
    "local/same_origin.py",
)
"""Files and folders that decide how the emulator provisions an assembly."""

DEPLOYMENT = (
    *EMULATOR,
    "local/deploy.py",
    "local/deployed.py",
    "local/emulator_process.py",
    "local/operating.py",
    "local/repack.py",
    "local/seed.py",
)
"""Files and folders that decide what a deployed and seeded home holds, the assembly aside."""


@dataclass(frozen=True, kw_only=True)
class Fingerprints:
    """The hash of the assembly, and of the home that it is deployed and seeded in."""

    assembly: str
    deployment: str


def fingerprints(context: Mapping[str, str], *, root: Path = ROOT, user: Path | None = None) -> Fingerprints:
    """Hash what is there now; `user` is the folder of the CDK's own settings, by default the user's."""
    settings = (user or Path.home()) / ".cdk.json"
    assembly = digest(
        json.dumps(dict(sorted(context.items()))),
        settings.read_text() if settings.is_file() else "",
        *_interpreter(root),
        *_contents(root, SYNTHESIS),
    )
    return Fingerprints(
        assembly=assembly,
        deployment=digest(assembly, *emulator(root), *_contents(root, DEPLOYMENT)),
    )


def emulator(root: Path = ROOT) -> Iterator[str | bytes]:
    """Yield all that decides how the emulator provisions an assembly."""
    yield platform.machine()
    yield from _installed(root / ".venv-emulator")
    yield from _contents(root, EMULATOR)


def _interpreter(root: Path) -> Iterator[str]:
    yield sys.version
    # Node is among them, too.
    yield from _installed(root / ".venv")


def _installed(environment: Path) -> list[str]:
    """The installed distributions, each with its version."""
    return sorted(path.name for path in environment.glob("lib/python*/site-packages/*.dist-info"))


def _contents(root: Path, names: Iterable[str]) -> Iterator[str | bytes]:
    for name in names:
        path = root / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                yield file.relative_to(root).as_posix()
                yield file.read_bytes()


def digest(*parts: str | bytes) -> str:
    """Return the hash of parts, each of which counts as a whole."""
    hashed = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        hashed.update(f"{len(content)}:".encode())
        hashed.update(content)
    return hashed.hexdigest()
