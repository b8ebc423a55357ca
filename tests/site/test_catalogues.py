"""The texts in both languages."""

import gettext
import io
import shutil
from pathlib import Path

import pytest

from stacks import shells
from tools import messages


@pytest.fixture
def chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the Chinese catalogue that may be damaged."""
    shutil.copytree(messages.LOCALES, tmp_path / "locales")
    monkeypatch.setattr(messages, "LOCALES", tmp_path / "locales")
    return tmp_path / "locales" / "zh_CN" / "LC_MESSAGES" / "messages.po"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def should_be_complete_and_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    status = messages.main(["--check"])
    assert (capsys.readouterr().out, status) == ("", 0)


def should_tell_a_missing_translation(chinese: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(chinese, 'msgstr "登录"', 'msgstr ""')
    assert messages.main(["--check"]) == 1
    assert "“Log in” is not translated" in capsys.readouterr().out


def should_tell_a_fuzzy_translation(chinese: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(chinese, 'msgid "Log in"', '#, fuzzy\nmsgid "Log in"')
    assert messages.main(["--check"]) == 1
    assert "“Log in” is marked as fuzzy" in capsys.readouterr().out


def should_tell_a_placeholder_that_was_lost(chinese: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(chinese, 'msgstr "欢迎，%(name)s。"', 'msgstr "欢迎，%(nmae)s。"')
    assert messages.main(["--check"]) == 1
    assert "Welcome, %(name)s." in capsys.readouterr().out


def should_tell_a_stale_catalogue_and_mend_it(chinese: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = chinese.read_bytes()
    replace(chinese, 'msgid "Log in"', 'msgid "A text that no longer exists"')
    assert messages.main(["--check"]) == 1
    assert "is stale" in capsys.readouterr().out

    assert messages.main([]) == 1
    assert "A text that no longer exists" not in chinese.read_text()
    replace(chinese, 'msgid "Log in"\nmsgstr ""', 'msgid "Log in"\nmsgstr "登录"')
    assert chinese.read_bytes() == before


@pytest.mark.parametrize("language", shells.LANGUAGES)
def should_compile_to_the_same_bytes_each_time_as_packages_must(language: str) -> None:
    assert shells.compiled_catalogue(language) == shells.compiled_catalogue(language)


def should_be_readable_by_the_standard_gettext() -> None:
    catalogue = gettext.GNUTranslations(io.BytesIO(shells.compiled_catalogue("zh-CN")))
    assert catalogue.gettext("Log in") == "登录"
