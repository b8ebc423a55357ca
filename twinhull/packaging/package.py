"""What a function's zip is made of."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from twinhull.packaging.closure import import_closure
from twinhull.packaging.file_names import check_names
from twinhull.packaging.folder import is_left_out, read_folder
from twinhull.packaging.install import CACHE, RUNTIME, UNUSED, install, installed_distributions
from twinhull.packaging.interpreter import Interpreter, find_interpreter
from twinhull.packaging.providers import module_owners
from twinhull.packaging.sdk_clients import TrimmedSdk, used_sdk
from twinhull.packaging.targets import LAMBDA

#: Changes with the way in which packages are made of the same inputs.
_FORMAT: Final = "2"


@dataclass(frozen=True, kw_only=True)
class PythonPackage:
    """The content of a function's zip: its files, and the lines of a lock that pin what they import.

    >>> PythonPackage(name="shop", files={"shop.py": b"def handler(event, context): return {}"})

    :param name: for messages.
    :param files: path in the zip → content.
    :param requirements: entries of a lock, with their hashes; all that are to be installed.
    :param executables: paths of files that may be executed.
    :param leave_out: patterns of installed files that are left out.
    :param sdk: what is kept of an SDK in the lock; None for all of it.
    :param bytecode: compile the modules, so that no cold start has to.
    """

    name: str
    files: Mapping[str, bytes]
    requirements: tuple[str, ...] = ()
    executables: frozenset[str] = frozenset()
    leave_out: tuple[str, ...] = ()
    sdk: TrimmedSdk | None = None
    bytecode: bool = True

    def __post_init__(self) -> None:
        """Refuse files that a zip cannot hold."""
        check_names(self.files, self.name)

    @classmethod
    def from_folder(
        cls, folder: Path, *, leave_out: Iterable[str] = (), bytecode: bool = True
    ) -> "PythonPackage":
        """Return a package of what is in a folder, and of all that its `requirements.txt` pins.

        :param folder: its `requirements.txt` is made by `uv pip compile --generate-hashes`.
        :param leave_out: patterns of paths or names, in the folder or in dependencies, that are left out.
        :param bytecode: compile the modules, so that no cold start has to.
        :raises PackagingError: there is no such folder, nothing in it, or something that would be lost.
        """
        read = read_folder(folder, leave_out)
        return cls(
            name=folder.name,
            files=read.files,
            requirements=read.lock.all(),
            executables=read.executables,
            leave_out=tuple(leave_out),
            bytecode=bytecode,
        )

    @classmethod
    def from_entry(
        cls,
        root: Path,
        handler: str,
        *,
        name: str | None = None,
        sdk: Literal["trimmed", "whole", "runtime"] = "trimmed",
        services: Iterable[str] = (),
        distributions: Iterable[str] = (),
        data: Iterable[str] = (),
        generated: Mapping[str, bytes] | None = None,
        leave_out: Iterable[str] = (),
        bytecode: bool = True,
    ) -> "PythonPackage":
        """Return a package of the modules that a handler imports, directly or not, and of nothing else.

        Of data it has the files and folders that modules name by `importlib.resources` with literals, of the
        lock in `requirements.txt` the distributions that they import, with all that these need.

        :param root: folder of the modules, and of the lock.
        :param handler: like `functions.accounts.handler.handler`.
        :param name: for messages; that of the handler's module by default.
        :param sdk: `trimmed` has of the lock's botocore the clients that are made, `whole` has all of it,
            `runtime` leaves it to Lambda, whose version changes by itself.
        :param services: clients whose names are no literals.
        :param distributions: of the lock, those that are needed though no module imports them.
        :param data: patterns of files that are read in other ways; with them, modules may use `__file__`.
        :param generated: more files that may be imported or named, path → content.
        :param leave_out: patterns of paths or names, in the folder or in dependencies, that are left out.
        :param bytecode: compile the modules, so that no cold start has to.
        :raises PackagingError: an import cannot be followed, or something would be lost.
        """
        read = read_folder(root, leave_out)
        files = {**read.files, **(generated or {})}
        name, data = name or handler.rpartition(".")[0], tuple(data)
        installed = installed_distributions(install(name, read.lock.all(), LAMBDA, CACHE))
        owners = module_owners(installed)

        def providers(module: str) -> frozenset[str]:
            top = module.partition(".")[0]
            if sdk == "runtime" and top in RUNTIME.values():
                return frozenset({"botocore"})
            return owners.get(module, frozenset())

        closure = import_closure(
            files, handler, providers=providers, python_version=LAMBDA.python_version, may_use_file=bool(data)
        )
        extra = {path for path in files if is_left_out(path, data)}
        wanted = (closure.distributions | {str(each) for each in distributions}) - (
            RUNTIME.keys() if sdk == "runtime" else set()
        )
        requirements = read.lock.select(wanted)
        uses_sdk = sdk == "trimmed" and any(each.startswith("botocore==") for each in requirements)
        return cls(
            name=name,
            files={path: files[path] for path in sorted(closure.paths | extra)},
            requirements=requirements,
            executables=read.executables & (closure.paths | extra),
            leave_out=tuple(leave_out),
            sdk=used_sdk(closure.sources.values(), services) if uses_sdk else None,
            bytecode=bytecode,
        )

    @property
    def interpreter(self) -> Interpreter | None:
        """What compiles the modules for Lambda."""
        return find_interpreter(LAMBDA.python_version) if self.bytecode else None

    @cached_property
    def hash(self) -> str:
        """Changes when a file, a requirement, the compiling Python or the way of packaging changes."""
        digest = hashlib.sha256()
        compiler = self.interpreter.version if self.interpreter else "none"
        parts = (
            *(_FORMAT, repr(LAMBDA), compiler, repr(self.sdk)),
            *("unused", *UNUSED, "leave_out", *self.leave_out, "requirements", *self.requirements),
            *("executables", *sorted(self.executables)),
        )
        for part in parts:
            _add(digest, part.encode())
        for path in sorted(self.files):
            _add(digest, path.encode())
            _add(digest, self.files[path])
        return digest.hexdigest()


def _add(digest: "hashlib._Hash", part: bytes) -> None:
    """Add a part with its length, so that no two lists of parts look the same."""
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)
