"""The examples do what they say, against the deployed whole."""

import os
import subprocess
import sys
from pathlib import Path

from tests.cloud import Cloud

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def should_answer_a_new_user_with_curl_as_documented(cloud: Cloud) -> None:
    done = subprocess.run(
        [EXAMPLES / "new-user.sh"],
        env={"PATH": os.environ["PATH"], "PAGE": cloud.url, "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 not as documented" in done.stdout


def should_register_and_edit_by_a_program_also_when_a_region_is_lost(cloud: Cloud) -> None:
    primary, secondary = cloud.regions
    run = [sys.executable, str(EXAMPLES / "client.py"), cloud.url]
    environment = {"PYTHONPATH": str(EXAMPLES.parent), "LANG": "C.UTF-8"}
    with cloud.region(primary, "error"):
        done = subprocess.run(run, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        f"✓ registered: by {secondary}, attempt 2",
        f"✓ logged in: by {secondary}, attempt 2",
        f"✓ edited: by {secondary}, attempt 2",
        f"✓ read: Ada Lovelace: by {secondary}, attempt 1",
    ]
