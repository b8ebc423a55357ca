"""Build the zip of a package, or find the one that was built before."""

import tempfile
from pathlib import Path

from twinhull.packaging.archive import write_zip
from twinhull.packaging.bytecode import compiled
from twinhull.packaging.errors import PackagingError
from twinhull.packaging.file_names import check_names
from twinhull.packaging.install import CACHE, install, installed_files
from twinhull.packaging.interpreter import find_interpreter
from twinhull.packaging.native_code import foreign_code
from twinhull.packaging.package import PythonPackage
from twinhull.packaging.sdk import trim
from twinhull.packaging.targets import LAMBDA, Target


def build(
    package: PythonPackage, *, target: Target = LAMBDA, python: Path | None = None, cache: Path = CACHE
) -> Path:
    """Make the zip, the same each time, or find the one that was made before.

    :param target: where it runs.
    :param python: compiles the modules; by default the interpreter that is found for the version.
    :param cache: folder that keeps zips, bytecode and installed dependencies.
    :raises PackagingError: a dependency could not be installed, or some of it would be lost.
    """
    path = cache / f"{package.hash}-{target.name}.zip"
    if path.exists():
        return path
    _check_native_code(package, target)
    folder = install(package.name, package.requirements, target, cache)
    installed = installed_files(folder, target, package.leave_out)
    if shadowed := installed.keys() & package.files.keys():
        raise PackagingError(
            f"The package of {package.name} and one of its dependencies both have "
            f"{sorted(shadowed)[0]}; rename ours."
        )
    executables = {name for name, file in installed.items() if file.stat().st_mode & 0o100}
    contents = {name: file.read_bytes() for name, file in installed.items()}
    if package.sdk:
        contents = trim(contents, package.sdk, package.name)
    contents |= package.files
    check_names(contents, package.name)
    if package.bytecode and (compiler := python or _found(target)):
        contents |= compiled(contents, compiler, target.root, cache / "bytecode")
    with tempfile.NamedTemporaryFile(dir=cache, suffix=".zip", delete=False) as part:
        # Nobody downloads what runs on this machine.
        write_zip(part, contents, executables | package.executables, level=9 if target.platform else 1)
    Path(part.name).chmod(0o644)
    return Path(part.name).replace(path)


def _found(target: Target) -> Path | None:
    found = find_interpreter(target.python_version)
    return found.executable if found else None


def _check_native_code(package: PythonPackage, target: Target) -> None:
    """Refuse own files that cannot run on the target."""
    for path, content in package.files.items():
        if made_for := foreign_code(path, content, target):
            raise PackagingError(
                f"{package.name}: {path!r} is for {made_for} and not for {target.name}; replace it by one "
                "that is, or pin a wheel in the lock, which is installed for the function's platform."
            )
