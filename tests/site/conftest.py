"""The rendered site, and what the functions carry of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks import shells


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `shells.render` wrote."""
    out = tmp_path_factory.mktemp("site")
    shells.render(out)
    return out


@pytest.fixture
def functions_resources(resources: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the functions' code find ``resources/``, and forget afterwards what it loaded from there."""
    from web import html, languages

    monkeypatch.syspath_prepend(resources.parent)
    caches = (html._environment, languages.translations)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()
