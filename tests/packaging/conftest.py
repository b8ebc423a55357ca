"""A folder of wheels is the only index."""

from pathlib import Path

import pytest


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, where uv looks for wheels and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with the code of a function."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.py").write_text("def handler(event, context): ...\n")
    return folder
