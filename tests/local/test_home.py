"""The folder of one local cloud."""

from pathlib import Path

import pytest

from local.home import Home
from local.trouble import TroubleError


def should_make_up_one_password_and_keep_it(tmp_path: Path) -> None:
    with Home(tmp_path) as home:
        first = home.administrator()
    with Home(tmp_path) as home:
        assert home.administrator() == first
    assert (tmp_path / "administrator.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"email": "any@example.com"}'])
def should_say_how_to_mend_an_unreadable_administrator(tmp_path: Path, content: str) -> None:
    (tmp_path / "administrator.json").write_text(content)
    with Home(tmp_path) as home, pytest.raises(TroubleError, match="`make clean` forgets all data"):
        home.administrator()
