"""The page about the operators' commands: as they describe themselves, and with each of their codes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import commands

ROOT = Path(__file__).resolve().parent.parent
OPS = ROOT / "twinhull" / "ops"
TEXT = commands.PAGE.read_text()

#: Their codes stand where they are described.
ELSEWHERE = {"drill", "recovery", "restore_users"}


def codes() -> Iterator[str]:
    """The first argument of each expected failure."""
    for path in sorted(OPS.rglob("*.py")):
        if ELSEWHERE & {path.stem, path.parent.name}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = ast.unparse(node.func)
                if name in {"TroubleError", "super().__init__"} and isinstance(node.args[0].value, str):
                    yield node.args[0].value


def should_show_the_commands_as_they_describe_themselves() -> None:
    assert commands.with_table(TEXT) == TEXT, "run .venv/bin/python -m tools.commands"


def should_replace_what_stands_between_the_marks() -> None:
    stale = TEXT.replace("| `twinhull status` |", "| `twinhull stats` |")
    assert stale != TEXT
    assert commands.with_table(stale) == TEXT


@pytest.mark.parametrize("name", commands.names())
def should_tell_of_every_command_what_to_expect(name: str) -> None:
    below = TEXT.partition(commands.END)[2]
    assert re.search(rf"^## .*\b{name}\b|`twinhull {name}", below, flags=re.M)


def should_explain_every_code() -> None:
    explained = set(re.findall(r"`([a-z-]+)`", TEXT.partition("## Codes")[2]))
    found = set(codes())
    assert len(found) > 20
    assert found - explained == set()
