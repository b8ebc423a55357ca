"""The two READMEs are twins, and their diagram is that of the templates."""

import re
from pathlib import Path

import pytest

from tools.assembly import Assembly
from tools.diagram import END, READMES, START, draw, with_diagram

ROOT = Path(__file__).resolve().parent.parent


def blocks(text: str) -> list[str]:
    """The fenced blocks, without the comments that are translated."""
    return [re.sub(r"\s+#.*", "", block) for block in re.findall(r"```.*?```", text, flags=re.S)]


def should_have_the_same_commands_and_headings_in_both_languages() -> None:
    english, chinese = ((ROOT / name).read_text() for name in READMES)
    assert blocks(english) == blocks(chinese)
    assert len(re.findall(r"^#+ ", english, flags=re.M)) == len(re.findall(r"^#+ ", chinese, flags=re.M))


@pytest.mark.parametrize("name", READMES)
def should_show_the_architecture_that_the_templates_have(name: str, assembly: Assembly) -> None:
    text = (ROOT / name).read_text()
    assert with_diagram(text, draw(assembly)) == text, "run .venv/bin/python -m tools.diagram"


@pytest.mark.parametrize("name", READMES)
def should_link_only_to_files_that_exist(name: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text())
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def should_replace_what_stands_between_the_marks() -> None:
    assert with_diagram(f"a {START} old {END} b", "new") == f"a {START}\n```mermaid\nnew\n```\n{END} b"


@pytest.mark.parametrize("name", READMES)
def should_leave_no_blank_to_fill_in(name: str) -> None:
    assert re.findall(r"@@\w*@@", (ROOT / name).read_text()) == []
