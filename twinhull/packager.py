"""Zip files for functions: the code, and its locked dependencies for another machine, without Docker.

Nothing here needs the CDK, so that a package can also be built again from what was synthesized.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Final

from uv import find_uv_bin

#: Of the functions that are deployed: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
LAMBDA_PLATFORM: Final = "aarch64-manylinux_2_28"
LAMBDA_PYTHON: Final = "3.13"

#: Names in an assembly, next to its templates.
MANIFEST: Final = "packages.json"
#: Name of the lock in the folder of a function.
LOCK: Final = "requirements.txt"

_CACHE: Final = Path(".cache/packages")
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)  # that a zip can hold
#: What installing leaves behind and no function needs; patterns from the root of the package.
_UNUSED: Final = ("bin", ".lock", "*.dist-info/RECORD", "**/*.pyi", "**/py.typed", "**/__pycache__")
_NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


class PackagingError(Exception):
    """A package could not be made; says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class PythonPackage:
    """What a function's zip holds: its files, and the lines of a lock that pin what they import.

    >>> PythonPackage(name="shop", files={"shop.py": b"def handler(event, context): return {}"})

    :param name: for messages.
    :param files: path in the zip → content.
    :param requirements: entries of a lock, with their hashes; all that are to be installed.
    """

    name: str
    files: Mapping[str, bytes]
    requirements: tuple[str, ...] = ()

    @classmethod
    def from_folder(cls, folder: Path) -> "PythonPackage":
        """What is in a folder, and all that its `requirements.txt` pins, if there is one.

        :param folder: its `requirements.txt` is made by `uv pip compile --generate-hashes`.
        :raises PackagingError: there is no such folder, or nothing in it.
        """
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in _files(folder)
            if "__pycache__" not in path.parts
        }
        lock = files.pop(LOCK, b"").decode()
        if not files:
            raise PackagingError(f"{folder} holds no files; name the folder of a function's code.")
        return cls(name=folder.name, files=files, requirements=locked(lock, required(lock)))

    @cached_property
    def hash(self) -> str:
        """Changes when a file, a requirement or the way of packaging changes, on whatever machine."""
        digest = hashlib.sha256()
        for part in (LAMBDA_PLATFORM, LAMBDA_PYTHON, *_UNUSED, *self.requirements):
            _add(digest, part.encode())
        for path in sorted(self.files):
            _add(digest, path.encode())
            _add(digest, self.files[path])
        return digest.hexdigest()


def build(
    package: PythonPackage,
    *,
    platform: str | None = LAMBDA_PLATFORM,
    python_version: str | None = LAMBDA_PYTHON,
    cache: Path = _CACHE,
) -> Path:
    """Make the zip, the same byte for byte each time, or find the one that was made before.

    :param platform: as uv names it; None for this machine.
    :param python_version: like `3.13`; None for the Python that runs this.
    :param cache: folder that keeps zips and installed dependencies.
    :raises PackagingError: a dependency could not be installed.
    """
    target = (platform or "host", python_version or "host")
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{package.hash}-{'-'.join(target)}.zip"
    if path.exists():
        return path
    dependencies = _dependencies(package, platform, python_version, cache)
    contents = {file.relative_to(dependencies).as_posix(): file for file in _files(dependencies)}
    shadowed = contents.keys() & package.files.keys()
    if shadowed:
        raise PackagingError(
            f"The package of {package.name} and one of its dependencies both have "
            f"{sorted(shadowed)[0]}; rename ours."
        )
    with tempfile.NamedTemporaryFile(dir=cache, suffix=".zip", delete=False) as part:
        _write_zip(part, {name: file.read_bytes() for name, file in contents.items()} | dict(package.files))
    Path(part.name).chmod(0o644)
    return Path(part.name).replace(path)


def locked(lock: str, names: Iterable[str]) -> tuple[str, ...]:
    """The entries of a lock for ``names`` and for everything that these need.

    :param lock: a lock by `uv pip compile --generate-hashes`, whose annotations `# via` say who needs what.
    :param names: distributions, as in a `requirements.in`.
    :raises PackagingError: the lock does not know a name.
    """
    entries: dict[str, str] = {}
    needed_by: dict[str, set[str]] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock):
        if not (found := _NAME.match(block)):
            continue
        lines = [line.strip() for line in block.splitlines()]
        name = _normalised(found[0])
        entries[name] = "\n".join(line for line in lines if not line.startswith("#"))
        parents = (line.lstrip("# ").removeprefix("via").strip() for line in lines if line.startswith("#"))
        needed_by[name] = {_normalised(parent) for parent in parents if not parent.startswith("-r ")}
    wanted = {_normalised(name) for name in names}
    if unknown := wanted - entries.keys():
        raise PackagingError(f"The lock has no {', '.join(sorted(unknown))}; run `make lock`.")
    while more := {name for name in entries if name not in wanted and needed_by[name] & wanted}:
        wanted |= more
    return tuple(entries[name] for name in sorted(wanted))


def required(text: str) -> list[str]:
    """The names in a `requirements.in`."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [found[0] for line in lines if (found := _NAME.match(line))]


def write_manifest(assembly: Path, packages: Mapping[str, PythonPackage]) -> None:
    """Write down what each package of an assembly was made of, so that it can be built for another machine.

    :param packages: hash of the asset → package.
    """
    manifest = {
        asset: {
            "name": package.name,
            "sources": sorted(package.files),
            "requirements": list(package.requirements),
        }
        for asset, package in packages.items()
    }
    (assembly / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def read_manifest(assembly: Path) -> dict[str, PythonPackage]:
    """The packages of an assembly by the hashes of their assets; their files come out of the assets' zips."""
    packages: dict[str, PythonPackage] = {}
    for asset, entry in json.loads((assembly / MANIFEST).read_text()).items():
        with zipfile.ZipFile(assembly / f"asset.{asset}.zip") as built:
            files = {path: built.read(path) for path in entry["sources"]}
        packages[asset] = PythonPackage(
            name=entry["name"], files=files, requirements=tuple(entry["requirements"])
        )
    return packages


def _dependencies(
    package: PythonPackage, platform: str | None, python_version: str | None, cache: Path
) -> Path:
    """A folder with the package's dependencies; packages with the same ones share it."""
    lines = "\n".join(package.requirements) + "\n"
    key = hashlib.sha256(repr((lines, platform, python_version, _UNUSED)).encode()).hexdigest()
    folder = cache / key
    if folder.exists():
        return folder
    with tempfile.TemporaryDirectory(dir=cache) as work:
        lock, out = Path(work, "requirements.txt"), Path(work, "out")
        lock.write_text(lines)
        out.mkdir()
        if package.requirements:
            _install(package.name, lock, out, platform, python_version)
        for pattern in _UNUSED:
            for unused in sorted(out.glob(pattern), reverse=True):
                shutil.rmtree(unused) if unused.is_dir() else unused.unlink()
        try:
            out.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was faster
                raise
    return folder


def _install(name: str, lock: Path, out: Path, platform: str | None, python_version: str | None) -> None:
    command = [
        find_uv_bin(),
        "pip",
        "install",
        "--quiet",
        "--no-config",
        "--only-binary",
        ":all:",
        "--no-deps",
    ]
    command += ["--require-hashes", "--no-installer-metadata", "--link-mode", "copy", "--no-compile-bytecode"]
    command += ["--target", str(out), "-r", str(lock)]
    command += ["--python-platform", platform] if platform else []
    command += ["--python-version", python_version] if python_version else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise PackagingError(
            f"The dependencies of {name} could not be installed: {done.stderr.strip()}\n"
            "Check that the Python package index can be reached, and run `make lock` after a change of a "
            "requirements.in."
        )


def _write_zip(out: IO[bytes], contents: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(out, "w", compresslevel=9) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # Unix, also when made on another system
            archive.writestr(entry, contents[name])


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _add(digest: "hashlib._Hash", part: bytes) -> None:
    """Add a part with its length, so that no two lists of parts look the same."""
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)


def _normalised(name: str) -> str:
    """As the packaging standard compares names: https://peps.python.org/pep-0503/#normalized-names"""
    return re.sub(r"[-_.]+", "-", name).lower()
