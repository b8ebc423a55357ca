"""The Python that compiles a package's bytecode: of the function's minor version."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from uv import find_uv_bin

_VERSION: Final = "import sys; print(sys.implementation.name, '.'.join(map(str, sys.version_info[:3])))"
_PROBE_SECONDS: Final = 10
_INSTALL_SECONDS: Final = 120


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A Python that runs on this machine.

    :param version: like `3.13.1`.
    """

    executable: Path
    version: str


@cache
def find_interpreter(python_version: str) -> Interpreter | None:
    """Return an interpreter: that of `PYTHON313`, on the PATH, of pyenv or of uv, else uv installs one.

    Whatever goes wrong with one, it counts as not found.

    :param python_version: like `3.13`.
    """
    for candidate in _candidates(python_version):
        if (version := _version(candidate)) and version.rpartition(".")[0] == python_version:
            return Interpreter(executable=candidate, version=version)
    return None


def missing_interpreter(python_version: str) -> str:
    """Return the sentence about an interpreter that was not found."""
    return (
        f"No Python {python_version} was found, so that packages have no bytecode and each cold start "
        f"compiles them; install one (`uv python install {python_version}`), or name it in "
        f"{_variable(python_version)}."
    )


def _candidates(python_version: str) -> Iterator[Path]:
    if named := os.environ.get(_variable(python_version)):
        yield Path(named)
    yield Path(sys.executable)
    for folder in os.get_exec_path():
        if found := shutil.which(f"python{python_version}", path=folder):
            yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{python_version}.*/bin/python"), reverse=True)
    find = ("python", "find", "--no-config", "--no-project", "--managed-python", "--no-python-downloads")
    yield from _uv(*find, python_version)
    install = ("python", "install", "--no-config", "--no-bin")
    if _run(find_uv_bin(), *install, python_version, seconds=_INSTALL_SECONDS) is not None:
        yield from _uv(*find, python_version)


def _uv(*arguments: str) -> Iterator[Path]:
    if found := _run(find_uv_bin(), *arguments):
        yield Path(found)


def _version(executable: Path) -> str | None:
    name, _, version = (_run(str(executable), "-I", "-S", "-c", _VERSION) or "").partition(" ")
    return version if name == "cpython" else None


def _run(*command: str, seconds: int = _PROBE_SECONDS) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds)  # noqa: S603
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _variable(python_version: str) -> str:
    return f"PYTHON{python_version.replace('.', '')}"
