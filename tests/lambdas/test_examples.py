"""The examples in the functions' docstrings do what they say."""

import doctest
from importlib import import_module

import pytest

from tests.lambdas.api import ROOT

LAMBDAS = ROOT / "lambdas"
MODULES = sorted(
    ".".join(path.relative_to(LAMBDAS).with_suffix("").parts)
    for path in LAMBDAS.rglob("*.py")
    if ">>> " in path.read_text()
)


def should_find_the_modules_with_examples() -> None:
    assert {"users.rules", "notices.due", "files.model"} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def should_do_what_its_examples_say(module: str) -> None:
    tried = doctest.testmod(import_module(module))
    assert tried.attempted > 0
    assert tried.failed == 0
