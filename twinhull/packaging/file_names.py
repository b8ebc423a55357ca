"""Names of files that every reader of a zip and every file system understands alike."""

import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from twinhull.packaging.errors import PackagingError


def check_names(paths: Iterable[str], package: str) -> None:
    """Refuse names that a zip cannot hold, or that are one name where letter case does not count.

    :raises PackagingError: names the file, and says what to do.
    """
    known: dict[str, str] = {}
    for path in sorted(paths):
        if reason := _fault(path):
            raise PackagingError(f"{package}: {path!r} {reason}; rename it.")
        folded = _folded(path)
        if folded in known:
            raise PackagingError(
                f"{package}: {known[folded]!r} and {path!r} are one file where letter case does not count; "
                "rename one."
            )
        known[folded] = path
    for path in known.values():
        for parent in PurePosixPath(path).parents:
            if (file := known.get(_folded(str(parent)))) is not None:
                raise PackagingError(f"{package}: {file!r} is a file and {path!r} is in it; rename one.")


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _fault(path: str) -> str | None:
    try:
        path.encode()
    except UnicodeEncodeError:
        return "is no name in UTF-8"
    if path.startswith("/") or not path or {"", ".", ".."} & set(path.split("/")):
        return "is no path inside a package"
    if "\\" in path or any(unicodedata.category(character) == "Cc" for character in path):
        return "has a backslash or a control character in its name, which a zip cannot hold"
    return None
