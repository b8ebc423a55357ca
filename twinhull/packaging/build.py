"""Build the zip of a package, or find the one that was built before."""

import tempfile
from pathlib import Path
from typing import Final

from twinhull.packaging.archive import write_zip
from twinhull.packaging.errors import PackagingError
from twinhull.packaging.file_names import check_names
from twinhull.packaging.install import install, installed_files
from twinhull.packaging.package import PythonPackage
from twinhull.packaging.targets import LAMBDA, Target

_CACHE: Final = Path(".cache/packages")


def build(package: PythonPackage, *, target: Target = LAMBDA, cache: Path = _CACHE) -> Path:
    """Make the zip, the same byte for byte each time, or find the one that was made before.

    :param target: where it runs.
    :param cache: folder that keeps zips and installed dependencies.
    :raises PackagingError: a dependency could not be installed, or some of it would be lost.
    """
    path = cache / f"{package.hash}-{target.name}.zip"
    if path.exists():
        return path
    package.check_native_code(target)
    folder = install(package.name, package.requirements, target, cache)
    installed = installed_files(folder, target, package.leave_out)
    if shadowed := installed.keys() & package.files.keys():
        raise PackagingError(
            f"The package of {package.name} and one of its dependencies both have "
            f"{sorted(shadowed)[0]}; rename ours."
        )
    check_names([*installed, *package.files], package.name)
    contents = {name: file.read_bytes() for name, file in installed.items()} | dict(package.files)
    executables = {name for name, file in installed.items() if file.stat().st_mode & 0o100}
    with tempfile.NamedTemporaryFile(dir=cache, suffix=".zip", delete=False) as part:
        write_zip(part, contents, executables | package.executables)
    Path(part.name).chmod(0o644)
    return Path(part.name).replace(path)
