"""What all tests share: one synthesized assembly."""

import os
from collections.abc import Callable
from typing import Any

import pytest

import stacks  # noqa: F401 -- finds Node, before anything imports the CDK
from tools.assembly import Assembly

pytest_plugins = ["tests.cloud", "tests.permissions"]

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
        import app
        from stacks.application import Application

        outdir = str(tmp_path_factory.mktemp("assembly"))
        return Assembly(app.synthesize(Application(context=context, outdir=outdir)))

    return synthesize


@pytest.fixture(scope="session")
def assembly(synthesize: Callable[..., Assembly]) -> Assembly:
    """The assembly of the default settings, made once."""
    return synthesize()
