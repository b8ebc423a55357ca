"""Print how an environment differs from its lock: `python -I tools/installed.py LOCK SITE_PACKAGES`."""

import os
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SEEDS = {"pip", "setuptools", "wheel"}
"""Installed by venv itself; uv leaves them where they are."""


def locked(lock: str) -> dict[str, str]:
    """Return the name and the version of each distribution that a lock pins for this Python."""
    lines = (line.removesuffix("\\") for line in lock.splitlines() if line[:1].isalnum())
    pinned = [requirement for line in lines if applies(requirement := Requirement(line))]
    return {str(canonicalize_name(each.name)): str(each.specifier).lstrip("=") for each in pinned}


def applies(requirement: Requirement) -> bool:
    """Return whether a requirement's marker holds for this Python."""
    return requirement.marker is None or requirement.marker.evaluate()


def differences(lock: str, site_packages: Path) -> Iterator[str]:
    """Yield a phrase for each distribution that is missing, not pinned, or has lost files."""
    wanted = locked(lock)
    found: dict[str, str] = {}
    for distribution in distributions(path=[str(site_packages)]):
        name = str(canonicalize_name(distribution.name))
        found[name] = distribution.version
        lost = [file for file in distribution.files or [] if not os.path.exists(file.locate())]  # noqa: PTH110
        if distribution.files is None or lost:
            yield f"{name} is incomplete"
    for name in sorted(wanted.keys() | found.keys() - SEEDS):
        if wanted.get(name) != found.get(name):
            yield f"{name} is {found.get(name, 'missing')}, not {wanted.get(name, 'pinned')}"


if __name__ == "__main__":
    for difference in differences(Path(sys.argv[1]).read_text(encoding="utf-8"), Path(sys.argv[2])):
        print(difference)
