"""Bytecode of a package's modules, compiled by the Python that will load it.

It is of the unchecked-hash kind, which is valid whatever the times of files unpacked later
(https://peps.python.org/pep-0552/). Compiled files are kept in a cache by path and content, since packages
have most of them in common.
"""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from twinhull.packaging.archive import write_zip
from twinhull.packaging.errors import PackagingError

_SCRIPT: Final = Path(__file__).with_name("compile_script.py")


def compiled(contents: Mapping[str, bytes], python: Path, root: str, cache: Path) -> dict[str, bytes]:
    """Return the bytecode of all modules, path → content.

    :param contents: path → content of a package.
    :param python: the interpreter.
    :param root: folder that the package is unpacked to, which tracebacks name.
    :raises PackagingError: the interpreter failed.
    """
    cache.mkdir(parents=True, exist_ok=True)
    sources = {path: content for path, content in contents.items() if path.endswith(".py")}
    with tempfile.NamedTemporaryFile(suffix=".zip") as package:
        write_zip(package, sources, level=0)
        package.flush()
        command = (str(python), "-I", "-S", str(_SCRIPT), package.name, root, str(cache))
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise PackagingError(f"{python} could not compile a package: {done.stderr.strip()}")
    return {path: (cache / kept).read_bytes() for path, kept in json.loads(done.stdout).items()}
