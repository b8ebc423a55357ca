"""Run the tests that start a cloud, and print what they used of each role's permissions.

Further arguments are pytest's. The exit status is that of the tests, else 1 if a role was denied something
without a test that is marked to intend it (`@pytest.mark.denied("dynamodb:PutItem")`), or if all tests ran
and none used something that is granted and checked.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import stacks  # noqa: F401 -- finds Node, before anything imports the CDK
from local.mailbox import SETTINGS
from tools.assembly import Assembly
from tools.permissions.grants import Grant, read_grants
from tools.permissions.page import PAGE, page
from tools.permissions.report import Report
from tools.permissions.usage import read_decisions

ROOT: Final = Path(__file__).resolve().parents[2]
RUN: Final = ROOT / ".cache" / "permissions"
TESTS: Final = ("tests/local", "tests/browser", "tests/drills")
IN_TWO_PROCESSES: Final = ("--numprocesses=2", "--dist=loadfile", "--no-loadscope-reorder")


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(
        prog="tools.permissions", description=(__doc__ or "").partition("\n\n")[0]
    )
    parser.add_argument("--report", action="store_true", help="print what the last run used, and run nothing")
    parser.add_argument("--write", action="store_true", help="write docs/permissions.md as well")
    options, arguments = parser.parse_known_args()
    status = 0 if options.report else _test(arguments or TESTS)
    grants = deployed_grants()
    report = Report.of(grants, read_decisions(RUN))
    print("\n".join(report.lines()))
    if options.write:
        PAGE.write_text(page(grants, report.unused))
    return status or int(bool(report.denied) or (bool(report.unused) and not arguments))


def deployed_grants() -> list[Grant]:
    """Return what `make up` deploys."""
    import app
    from stacks.application import Application

    os.environ["CDK_VALIDATION"] = "false"
    with tempfile.TemporaryDirectory() as folder:
        return read_grants(Assembly(app.synthesize(Application(context=SETTINGS, outdir=folder))))


def _test(arguments: list[str] | tuple[str, ...]) -> int:
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    command = [sys.executable, "-m", "pytest", *IN_TWO_PROCESSES, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PERMISSIONS": str(RUN)}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
