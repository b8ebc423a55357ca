"""The rendered site, and what the functions carry of it."""

import os
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


@pytest.fixture(scope="session")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``resources/`` as it lies in a function's package."""
    folder = tmp_path_factory.mktemp("resources")
    for path, content in shells.resources().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    for language in shells.LANGUAGES:
        place = folder / "locales" / language.replace("-", "_") / "LC_MESSAGES"
        place.mkdir(parents=True)
        (place / "messages.mo").write_bytes(shells.compiled_catalogue(language))
    return folder


@pytest.fixture
def functions_resources(resources: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the functions' code find ``resources/``, and forget afterwards what it loaded from there."""
    from web import html, languages

    monkeypatch.setitem(os.environ, "RESOURCES", str(resources))
    caches = (html._environment, languages.translations)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()
