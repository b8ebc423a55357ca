"""The folder of one local cloud."""

import json
from pathlib import Path

import pytest

from local.home import Home
from local.trouble import TroubleError


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The folder of a running emulator's state."""
    folder = tmp_path / "emulator" / "running"
    folder.mkdir(parents=True)
    return folder


def should_make_up_one_password_and_keep_it_with_the_data(tmp_path: Path, state: Path) -> None:
    with Home(tmp_path) as home:
        first = home.administrator()
    with Home(tmp_path) as home:
        assert home.administrator() == first
    assert (state / "administrator.json").stat().st_mode & 0o077 == 0
    (state / "administrator.json").unlink()
    with Home(tmp_path) as home:
        assert home.administrator() != first


def should_know_the_administrator_of_a_home_of_version_0_1_0(tmp_path: Path, state: Path) -> None:
    known = {"email": "any@example.com", "password": "any"}
    (tmp_path / "administrator.json").write_text(json.dumps(known))
    with Home(tmp_path) as home:
        assert home.administrator() == known
    assert (state / "administrator.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"email": "any@example.com"}'])
def should_say_how_to_mend_an_unreadable_administrator(tmp_path: Path, state: Path, content: str) -> None:
    (state / "administrator.json").write_text(content)
    with Home(tmp_path) as home, pytest.raises(TroubleError, match="`make clean` forgets all data"):
        home.administrator()
