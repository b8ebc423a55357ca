"""Deploys an assembly to the emulator by the real CDK CLI."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from botocore.exceptions import ClientError

from local.assembly import CDK, Stack
from local.aws import Aws
from local.commands import bare_environment, run
from local.emulator_process import ACCOUNT, Emulator

BOOTSTRAP_STACK = "CDKToolkit"
FINISHED = re.compile(r"^\s*✅\s+(?P<stack>\S+)(?P<unchanged> \(no changes\))?")

Outputs = Mapping[str, Mapping[str, str]]
"""Stack's name → its outputs."""


def _environment(emulator: Emulator, home: Path) -> dict[str, str]:
    return bare_environment() | emulator.environment() | {"CDK_HOME": str(home / "cdk")}


async def bootstrap(emulator: Emulator, aws: Aws, regions: Iterable[str], *, home: Path) -> list[str]:
    """Bootstrap the regions in which it was not done yet; those."""
    missing = [region for region in dict.fromkeys(regions) if not _outputs(aws, region, BOOTSTRAP_STACK)]
    if missing:
        targets = [f"aws://{ACCOUNT}/{region}" for region in missing]
        command = [str(CDK), "bootstrap", "--no-notices", *targets]
        log = home / "bootstrap.log"
        # In a folder without a cdk.json, for with one it would synthesize again.
        environment = _environment(emulator, home)
        await run("The bootstrap", command, environment=environment, log=log, folder=home)
    return missing


async def deploy(
    emulator: Emulator, assembly: Path, *, home: Path, deployed: Callable[[str, bool, float], None]
) -> None:
    """Deploy every stack, in the order of their dependencies, one at a time.

    `deployed` hears of each stack that is: its name, whether anything changed, and the seconds it took.
    """
    started = time.monotonic()

    def each_line(line: str) -> None:
        nonlocal started
        if match := FINISHED.match(line):
            now = time.monotonic()
            deployed(match["stack"], not match["unchanged"], now - started)
            started = now

    command = [
        str(CDK), "deploy", "--all", "--app", str(assembly), "--output", str(assembly), "--concurrency", "1",
        "--require-approval", "never", "--method", "direct", "--progress", "events", "--no-notices",
    ]  # fmt: skip
    await run(
        "The deployment",
        command,
        environment=_environment(emulator, home),
        log=home / "deploy.log",
        folder=home,
        each_line=each_line,
    )


def outputs(aws: Aws, stacks: Sequence[Stack]) -> Outputs:
    """The outputs of the deployed stacks."""
    return {stack.name: _outputs(aws, stack.region, stack.name) or {} for stack in stacks}


def _outputs(aws: Aws, region: str, stack: str) -> Mapping[str, str] | None:
    """A stack's outputs, None when it is not there."""
    try:
        described = aws.cloudformation(region).describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    return {
        output["OutputKey"]: output["OutputValue"] for each in described for output in each.get("Outputs", [])
    }
