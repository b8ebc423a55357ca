"""`python -m tools.availability`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.assembly import Assembly
from tools.availability.page import PAGE, ROOT, last_drill, page


def main() -> int:
    """Write the page, or say that it is stale."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CDK_OUTDIR": folder, "CDK_VALIDATION": "false"}
        subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, check=True)
        fresh = page(Assembly(Path(folder)), last_drill())
    if PAGE.exists() and PAGE.read_text() == fresh:
        return 0
    if "--check" in sys.argv:
        print("stale: run python -m tools.availability")
        return 1
    PAGE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
