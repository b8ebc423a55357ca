"""What all tests share: one synthesized assembly."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stacks  # noqa: F401 -- finds Node, before anything imports the CDK
from tests.tiers import mark_slow
from tools.assembly import Assembly

pytest_plugins = ["tests.cloud", "tests.permissions"]


@pytest.hookimpl(tryfirst=True)  # before tests are selected by their markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_slow(items)


# Nobody's profiles and proxies: all that tests talk to is on this machine.
for name in [name for name in os.environ if name.startswith("AWS_") or name.lower() == "no_proxy"]:
    del os.environ[name]
os.environ["no_proxy"] = "localhost,127.0.0.1"

# Checking templates takes more time than making them; tests/templates/test_validation.py does it once.
os.environ["CDK_VALIDATION"] = "false"


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Assembly]:
    """Makes an assembly with the settings that it is given, besides those of cdk.json."""

    def synthesize(**context: Any) -> Assembly:
        return _synthesize(tmp_path_factory.mktemp("assembly"), **context)

    return synthesize


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The assembly of the default settings, made once."""
    return _synthesize(tmp_path_factory.mktemp("assembly"))


@pytest.fixture(scope="session")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``resources/`` as functions' packages have it."""
    from stacks.code import generated

    folder = tmp_path_factory.mktemp("package")
    for path, content in generated().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder / "resources"


def _synthesize(folder: Path, **context: Any) -> Assembly:
    import app
    from stacks.application import Application

    return Assembly(app.synthesize(Application(context=context, outdir=str(folder))))
