"""A function loads what it needs and no more: each import is paid at every cold start."""

import os
import subprocess
import sys

import pytest

from tests.lambdas.api import ENVIRONMENT, ROOT

pytestmark = pytest.mark.slow

HEAVY = ["argon2", "pydantic", "jinja2", "jwt", "idna", "babel"]


@pytest.mark.parametrize(
    ("function", "needed"),
    [
        ("accounts", {"argon2", "pydantic", "jwt", "idna"}),
        ("directory", {"pydantic", "jwt"}),
        ("health", set()),
        ("operator", {"idna"}),
        ("key_rotation", set()),
        ("notifier", {"idna"}),
        ("sweeper", set()),
        ("uploads", {"pydantic", "jwt", "idna"}),
        ("intake", set()),
    ],
)
def should_load_only_what_it_needs(function: str, needed: set[str]) -> None:
    program = (
        f"import sys; import functions.{function}.handler; "
        f"print(*[one for one in {HEAVY} if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**ENVIRONMENT, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "lambdas")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == needed


@pytest.mark.parametrize(
    "function",
    ["accounts", "directory", "health", "operator", "notifier", "sweeper", "uploads", "intake"],
)
def should_say_which_variable_is_missing(function: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import functions.{function}.handler"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "lambdas"), "AWS_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "The environment variable TABLE_NAME is missing" in done.stderr
