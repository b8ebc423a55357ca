"""The examples do what they say, against the deployed whole."""

import os
import subprocess
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
