"""What has to be there before a deployment: an own namespace, and the Python that compiles the packages."""

import json
import sys
from pathlib import Path

from twinhull.packaging import LAMBDA_PYTHON, find_interpreter, missing_interpreter, sdk_age

ROOT = Path(__file__).resolve().parent.parent
CDK_JSON = ROOT / "cdk.json"

#: The one that everybody has who cloned this: fine on one machine, not where users are real.
PUBLISHED = "b05aa519-5857-4ce2-b1d3-0f4a3bc46a91"


def main(file: Path = CDK_JSON) -> int:
    """Return the exit status: 1, with a sentence, if something is missing."""
    settings = json.loads(file.read_text())["context"]["twinhull"]
    if settings["user_namespace"] == PUBLISHED:
        print(
            "✗ user_namespace in cdk.json is the published one: choose your own before the first deployment "
            "(python3 -c 'import uuid; print(uuid.uuid4())'), and never change it afterwards.",
            file=sys.stderr,
        )
        return 1
    if find_interpreter(LAMBDA_PYTHON) is None:
        print(f"✗ {missing_interpreter(LAMBDA_PYTHON)}", file=sys.stderr)
        return 1
    print(sdk_age(ROOT / "lambdas" / "requirements.txt"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
