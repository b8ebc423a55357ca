"""What must be chosen before the first deployment, because it can never be changed afterwards."""

import json
import sys
from pathlib import Path

CDK_JSON = Path(__file__).resolve().parent.parent / "cdk.json"

#: The one that everybody has who cloned this: fine on one machine, not where users are real.
PUBLISHED = "b05aa519-5857-4ce2-b1d3-0f4a3bc46a91"


def main(file: Path = CDK_JSON) -> int:
    """The exit status: 1, with a sentence, while the namespace is the published one."""
    settings = json.loads(file.read_text())["context"]["twinhull"]
    if settings["user_namespace"] == PUBLISHED:
        print(
            "✗ user_namespace in cdk.json is the published one: choose your own before the first deployment "
            "(python3 -c 'import uuid; print(uuid.uuid4())'), and never change it afterwards.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
