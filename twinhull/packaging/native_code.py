"""Native code has to be the target's."""

import re
from pathlib import PurePosixPath
from typing import Final

from twinhull.packaging.targets import Target

#: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
_ELF: Final = b"\x7fELF"
_ELF_MACHINES: Final = {"x86_64": 62, "aarch64": 183}
_FOREIGN: Final = {".pyd": "Windows", ".dll": "Windows", ".dylib": "macOS"}
_TAG: Final = re.compile(r"\.cpython-(\d)(\d+)[^.]*\.so$")


def foreign_code(path: str, content: bytes, target: Target) -> str | None:
    """Return what a file is made for if it cannot run on the target, else None."""
    suffix = PurePosixPath(path).suffix
    if suffix in _FOREIGN:
        return _FOREIGN[suffix]
    if (tag := _TAG.search(path)) and f"{tag[1]}.{tag[2]}" != target.python_version:
        return f"Python {tag[1]}.{tag[2]}"
    if content.startswith(_ELF):
        order = "little" if content[5:6] == b"\x01" else "big"
        machine = int.from_bytes(content[18:20], order)  # type: ignore[arg-type]
        if machine != _ELF_MACHINES.get(target.machine, machine):
            names = {number: name for name, number in _ELF_MACHINES.items()}
            return names.get(machine, f"ELF machine {machine}")
    elif suffix == ".so":
        return "another system than Linux"
    return None
