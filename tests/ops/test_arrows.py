"""The operators' commands run where no CDK is."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def should_need_no_cdk() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import twinhull.ops.main, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "twinhull.ops.main" in loaded
    assert {"aws_cdk", "constructs", "jsii", "stacks"} & set(loaded) == set()
    assert "boto3" not in loaded  # not before a command has something to ask
