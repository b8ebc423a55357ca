"""Installed dependencies of a package, for another machine, without Docker."""

import csv
import hashlib
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from uv import find_uv_bin

from twinhull.packaging.errors import PackagingError
from twinhull.packaging.folder import is_left_out
from twinhull.packaging.native_code import foreign_code
from twinhull.packaging.targets import Target

CACHE: Final = Path(".cache/packages")

#: What installing leaves behind and no function needs: scripts, records, types.
UNUSED: Final = ("bin", ".lock", "*.dist-info/RECORD", "*.pyi", "py.typed", "__pycache__")
#: Extend the path for namespace packages, which Python itself does, or patch setuptools.
_HARMLESS: Final = ("*-nspkg.pth", "distutils-precedence.pth")
#: Distributions of the runtime → how they are imported:
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
RUNTIME: Final = {
    "boto3": "boto3",
    "botocore": "botocore",
    "jmespath": "jmespath",
    "python-dateutil": "dateutil",
    "s3transfer": "s3transfer",
    "six": "six",
    "urllib3": "urllib3",
}


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """An installed distribution.

    :param name: normalised.
    :param files: path → hash of the content, as its record says; empty if it says none.
    :param requires: its requirements, with their markers.
    """

    name: str
    files: Mapping[str, str]
    requires: tuple[str, ...]


def install(package: str, requirements: Iterable[str], target: Target, cache: Path) -> Path:
    """Return a folder with the requirements; packages with the same ones share it.

    :param package: for messages.
    :raises PackagingError: one could not be installed, or some of what it consists of would be lost.
    """
    lines = "\n".join(requirements)
    key = hashlib.sha256(repr((lines, target)).encode()).hexdigest()
    folder = cache / key
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        lock, out = Path(work, "requirements.txt"), Path(work, "out")
        lock.write_text(lines + "\n")
        out.mkdir()
        if lines:
            _install(package, lock, out, target)
            _check(installed_distributions(out), lines, target)
        try:
            out.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was faster
                raise
    return folder


def installed_files(folder: Path, target: Target, leave_out: Iterable[str]) -> dict[str, Path]:
    """Return the files of an installation that go into a package, path → file.

    :raises PackagingError: one of them has no effect on the target, or cannot run there.
    """
    patterns = (*UNUSED, *_HARMLESS, *leave_out)
    paths = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    found = {path: file for path, file in sorted(paths.items()) if not is_left_out(path, patterns)}
    for path, file in found.items():
        if path.endswith(".pth") and "/" not in path:
            raise PackagingError(
                f"A dependency installs {path!r}, which Python executes only in a site folder, and a "
                "function's code is none; import what it names yourself, and name it in leave_out."
            )
        if path.endswith((".so", ".pyd", ".dylib")) and (
            made_for := foreign_code(path, file.read_bytes(), target)
        ):
            raise PackagingError(
                f"A dependency installs {path!r}, which is for {made_for} and not for {target.name}; "
                "pin another version of it, or name it in leave_out."
            )
    return found


def installed_distributions(folder: Path) -> dict[str, Distribution]:
    """Return what is installed in a folder, by normalised names."""
    found = {}
    for info in sorted(folder.glob("*.dist-info")):
        metadata = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
        name = str(canonicalize_name(metadata["Name"]))
        with (info / "RECORD").open(newline="", encoding="utf-8") as record:
            files = {row[0]: row[1] for row in csv.reader(record) if row}
        requires = tuple(metadata.get_all("Requires-Dist") or ())
        found[name] = Distribution(name=name, files=files, requires=requires)
    return found


def _check(found: Mapping[str, Distribution], lines: str, target: Target) -> None:
    """Refuse a lock that is incomplete, and distributions that overwrite each other's files."""
    names = {
        str(canonicalize_name(Requirement(line.rstrip(" \\")).name))
        for line in lines.splitlines()
        if not line.startswith("--")
    }
    owners: dict[str, Distribution] = {}
    for distribution in found.values():
        for text in distribution.requires:
            requirement = Requirement(text)
            needed = str(canonicalize_name(requirement.name))
            marker = requirement.marker
            applies = marker is None or marker.evaluate({**target.markers(), "extra": ""})
            if applies and needed not in names | RUNTIME.keys():
                raise PackagingError(
                    f"The lock has {distribution.name} and lacks {needed}, which it needs; compile it again."
                )
        for path, digest in distribution.files.items():
            other = owners.setdefault(path, distribution)
            if other.files[path] != digest and not is_left_out(path, UNUSED):
                raise PackagingError(
                    f"{other.name} and {distribution.name} both install {path!r}, with different contents; "
                    "pin only one of them."
                )


def _install(package: str, lock: Path, out: Path, target: Target) -> None:
    command = [
        *(find_uv_bin(), "pip", "install", "--quiet", "--no-config", "--only-binary", ":all:", "--no-deps"),
        *("--require-hashes", "--no-installer-metadata", "--link-mode", "copy", "--no-compile-bytecode"),
        *("--target", str(out), "-r", str(lock), "--python-version", target.python_version),
        *(("--python-platform", target.platform) if target.platform else ()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise PackagingError(
            f"The dependencies of {package} could not be installed: {done.stderr.strip()}\n"
            "Check that the Python package index can be reached, and compile the lock again after a change "
            "of a requirements.in."
        )
