"""Which distributions provide a module."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

from twinhull.packaging.folder import is_left_out
from twinhull.packaging.install import UNUSED, Distribution


def module_owners(installed: Mapping[str, Distribution]) -> dict[str, frozenset[str]]:
    """Return module → the distributions that have a file of it; of a package, all that have files in it."""
    owners: dict[str, set[str]] = defaultdict(set)
    for distribution in installed.values():
        for path in distribution.files:
            if is_left_out(path, UNUSED) or ".dist-info/" in path or path.startswith(".."):
                continue
            parts = PurePosixPath(path).parts
            stem, suffix = parts[-1].partition(".")[::2]
            names = [*parts[:-1], *([stem] if suffix.endswith(("py", "so")) and stem != "__init__" else [])]
            for end in range(1, len(names) + 1):
                owners[".".join(names[:end])].add(distribution.name)
    return {module: frozenset(names) for module, names in owners.items()}
