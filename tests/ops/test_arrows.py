"""The operators' commands run where no CDK is, and start with what they need."""

import subprocess
import sys
from pathlib import Path

from twinhull.ops.main import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


def loaded(*given: str) -> set[str]:
    """The modules that are there when the command line is ready."""
    code = (
        f"import sys; from twinhull.ops.main import application; application({given!r}); print(*sys.modules)"
    )
    command = [sys.executable, "-c", code]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


def should_need_no_cdk() -> None:
    modules = loaded()
    assert {f"twinhull.ops.commands.{module}" for module in COMMANDS.values()} <= modules
    assert {"aws_cdk", "constructs", "jsii", "stacks"} & modules == set()


def should_import_what_is_asked_for_only() -> None:
    modules = loaded("--local", "status", "--json")
    assert "twinhull.ops.commands.status" in modules
    assert {"twinhull.ops.commands.drill", "aiohttp", "boto3"} & modules == set()
