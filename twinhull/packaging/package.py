"""What a function's zip is made of."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from twinhull.packaging.errors import PackagingError
from twinhull.packaging.file_names import check_names
from twinhull.packaging.folder import read_folder
from twinhull.packaging.install import UNUSED
from twinhull.packaging.native_code import foreign_code
from twinhull.packaging.targets import LAMBDA, Target


@dataclass(frozen=True, kw_only=True)
class PythonPackage:
    """The content of a function's zip: its files, and the lines of a lock that pin what they import.

    >>> PythonPackage(name="shop", files={"shop.py": b"def handler(event, context): return {}"})

    :param name: for messages.
    :param files: path in the zip → content.
    :param requirements: entries of a lock, with their hashes; all that are to be installed.
    :param executables: paths of files that may be executed.
    :param leave_out: patterns of installed files that are left out.
    """

    name: str
    files: Mapping[str, bytes]
    requirements: tuple[str, ...] = ()
    executables: frozenset[str] = frozenset()
    leave_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse files that a zip cannot hold."""
        check_names(self.files, self.name)

    @classmethod
    def from_folder(cls, folder: Path, *, leave_out: Iterable[str] = ()) -> "PythonPackage":
        """Return a package of what is in a folder, and of all that its `requirements.txt` pins, if there is one.

        :param folder: its `requirements.txt` is made by `uv pip compile --generate-hashes`.
        :param leave_out: patterns of paths or names, in the folder or in dependencies, that are left out.
        :raises PackagingError: there is no such folder, nothing in it, or something that would be lost.
        """
        read = read_folder(folder, leave_out)
        return cls(
            name=folder.name,
            files=read.files,
            requirements=read.lock.all(),
            executables=read.executables,
            leave_out=tuple(leave_out),
        )

    @cached_property
    def hash(self) -> str:
        """Changes when a file, a requirement or the way of packaging changes, on whatever machine."""
        digest = hashlib.sha256()
        parts = (repr(LAMBDA), *UNUSED, *self.leave_out, *self.requirements, *sorted(self.executables))
        for part in parts:
            _add(digest, part.encode())
        for path in sorted(self.files):
            _add(digest, path.encode())
            _add(digest, self.files[path])
        return digest.hexdigest()

    def check_native_code(self, target: Target) -> None:
        """Refuse own files that cannot run on the target.

        :raises PackagingError: names the file.
        """
        for path, content in self.files.items():
            if made_for := foreign_code(path, content, target):
                raise PackagingError(
                    f"{self.name}: {path!r} is for {made_for} and not for {target.name}; replace it by one that is, "
                    "or pin a wheel in the lock, which is installed for the function's platform."
                )


def _add(digest: "hashlib._Hash", part: bytes) -> None:
    """Add a part with its length, so that no two lists of parts look the same."""
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)
