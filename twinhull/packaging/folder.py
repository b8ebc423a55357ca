"""What is in a folder of code: packaged, refused, or left out by the list below."""

import os
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from twinhull.packaging.errors import PackagingError
from twinhull.packaging.file_names import check_names
from twinhull.packaging.lock import COMPILE, LOCK, Lock

#: Names that no function needs, at any depth. Empty folders are left out as well, and virtual environments.
LEFT_OUT: Final = (
    *("__pycache__", ".DS_Store", "*~", ".*.sw?"),
    *(".git", ".gitignore", ".gitattributes", ".gitmodules", ".hg", ".svn"),
    *(".env", ".env.*", ".envrc", ".venv", ".python-version", ".idea", ".vscode"),
    *(".coverage", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox"),
)
#: Describe dependencies, but pin none that can be installed by hash.
_UNLOCKED: Final = (
    *("requirements.in", "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock", "pylock.toml"),
    *("setup.py", "setup.cfg", "environment.yml"),
)


@dataclass(frozen=True, kw_only=True)
class Folder:
    """The files of a folder.

    :param files: path → content.
    :param executables: paths whose owner may execute them.
    :param lock: of its `requirements.txt`; without entries if there is none.
    """

    files: dict[str, bytes]
    executables: frozenset[str]
    lock: Lock


def read_folder(folder: Path, leave_out: Iterable[str] = ()) -> Folder:
    """Read the files of a folder.

    :param leave_out: more patterns of paths or names that are left out.
    :raises PackagingError: something in it could not be packaged as it is.
    """
    paths = dict(_walk(folder, "", tuple(leave_out)))
    check_names(paths, folder.name)
    lock = Lock.read(paths[LOCK]) if LOCK in paths else Lock(source=LOCK, entries=())
    if LOCK in paths:
        _check_inputs(paths, lock)
    else:
        _refuse_unlocked(folder, paths)
    code = {path: file for path, file in paths.items() if path not in (LOCK, "requirements.in")}
    if not code:
        raise PackagingError(f"{folder} holds no files; name the folder of a function's code.")
    return Folder(
        files={path: file.read_bytes() for path, file in code.items()},
        executables=frozenset(path for path, file in code.items() if file.stat().st_mode & 0o100),
        lock=lock,
    )


def is_left_out(path: str, patterns: Iterable[str]) -> bool:
    """Return whether a pattern matches the path, one of the folders above it, or its name."""
    parts = path.split("/")
    heads = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    return any(fnmatchcase(head, each) for each in patterns for head in heads) or any(
        fnmatchcase(part, each) for each in patterns if "/" not in each for part in parts
    )


def _walk(folder: Path, prefix: str, leave_out: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    try:
        found = sorted(os.scandir(folder), key=lambda each: each.name)
    except OSError as error:
        if not prefix and not folder.exists():
            return
        raise PackagingError(
            f"{folder} cannot be read: {error.strerror}; grant the right to read it."
        ) from error
    for each in found:
        path = f"{prefix}{each.name}"
        if is_left_out(path, (*LEFT_OUT, *leave_out)):
            continue
        if each.is_symlink() and not each.is_file():
            raise PackagingError(
                f"{path!r} is a link to a folder, or to nothing; copy its target, or name it in leave_out."
            )
        if each.is_dir():
            if not Path(each.path, "pyvenv.cfg").exists():
                yield from _walk(Path(each.path), f"{path}/", leave_out)
        elif not each.is_file():
            raise PackagingError(f"{path!r} is no ordinary file; remove it, or name it in leave_out.")
        elif each.name.endswith((".pyc", ".pyo")):
            raise PackagingError(
                f"{path!r} is bytecode without its source, which runs on one version of Python only; "
                "replace it by its source, or name it in leave_out."
            )
        elif not os.access(each.path, os.R_OK):
            raise PackagingError(f"{path!r} cannot be read; grant the right to read it.")
        else:
            yield path, Path(each.path)


def _refuse_unlocked(folder: Path, paths: dict[str, Path]) -> None:
    names: list[str] = [name for name in _UNLOCKED if name in paths]
    if "pyproject.toml" in paths:
        project = tomllib.loads(paths["pyproject.toml"].read_text())
        if project.get("project", {}).get("dependencies") or project.get("tool", {}).get("poetry"):
            names.append("pyproject.toml")
    if names:
        raise PackagingError(
            f"{folder.name} has {names[0]} and no {LOCK}, so that nothing tells which versions to install; "
            f"compile a lock, like `{COMPILE.replace('requirements.in', names[0])}`, or name it in leave_out."
        )


def _check_inputs(paths: dict[str, Path], lock: Lock) -> None:
    """Refuse a lock that is older than what it was compiled from."""
    source = paths.get("requirements.in")
    for line in source.read_text("utf-8-sig").splitlines() if source else ():
        try:
            requirement = Requirement(line.partition(" #")[0].strip())
        except InvalidRequirement:
            continue  # a comment or an option, which is the compiler's to understand
        if canonicalize_name(requirement.name) not in lock.names:
            raise PackagingError(
                f"requirements.in names {requirement.name}, which {LOCK} lacks; compile it again: "
                f"`{COMPILE}`."
            )
