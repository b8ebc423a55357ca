"""Zip files that are the same byte for byte each time."""

import zipfile
from collections.abc import Collection, Mapping
from typing import IO, Final

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)  # that a zip can hold


def write_zip(
    out: IO[bytes], contents: Mapping[str, bytes], executables: Collection[str] = (), level: int = 9
) -> None:
    """Write a zip with sorted names and fixed dates."""
    with zipfile.ZipFile(out, "w", compresslevel=level) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name in executables else 0o644) << 16
            entry.create_system = 3  # Unix, also when made on another system
            archive.writestr(entry, contents[name])
