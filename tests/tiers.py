"""Which command runs which test, stated in pyproject.toml beside the markers."""

from collections.abc import Iterable
from typing import Any

import pytest

SLOW_FOLDERS = frozenset({"browser", "local"})
SLOW_FIXTURES = frozenset({"cloud", "start_cloud", "synthesize"})


def first(cases: Iterable[Any]) -> list[Any]:
    """Return parameters of which `make test` tries the first, and `make proof` the others."""
    now, *later = cases
    return [now, *(pytest.param(case, marks=pytest.mark.proof) for case in later)]


def mark_slow(items: Iterable[pytest.Item]) -> None:
    """Mark what needs a cloud or settings of its own, so that no test is forgotten."""
    for item in items:
        if item.path.parent.name in SLOW_FOLDERS or SLOW_FIXTURES.intersection(_fixtures(item)):
            item.add_marker(pytest.mark.slow)


def _fixtures(item: pytest.Item) -> Iterable[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else ()
