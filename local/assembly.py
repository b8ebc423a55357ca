"""The synthesized app: made by the CDK CLI, as for AWS, and read as data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.commands import ROOT, installing_environment, run
from local.folder_cache import FolderCache

CDK = ROOT / "node_modules" / ".bin" / "cdk"
STACK = "aws:cloudformation:stack"
KEPT = 3


@dataclass(frozen=True)
class Stack:
    """A stack of the assembly."""

    name: str
    region: str


def assemblies(folder: Path) -> FolderCache:
    """Return the assemblies that were synthesized before, by their fingerprints."""
    return FolderCache(folder / "assemblies", limit=KEPT)


async def synthesize(folder: Path, *, context: Mapping[str, str], home: Path) -> None:
    """Write the templates into `folder`; they are those that `cdk deploy` would send to AWS."""
    command = [str(CDK), "synth", "--quiet", "--no-notices", "--output", str(folder)]
    for key, value in context.items():
        command += ["--context", f"{key}={value}"]
    # Validation is what `make test` does; here it would take longer than all the rest.
    environment = installing_environment() | {"CDK_HOME": str(home / "cdk"), "CDK_VALIDATION": "false"}
    await run("The synthesis", command, environment=environment, log=home / "synth.log")


def stacks_in_order(assembly: Path) -> list[Stack]:
    """The stacks, each after those that it depends on."""
    artifacts: Mapping[str, Any] = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    ordered: dict[str, Stack] = {}

    def add(name: str) -> None:
        artifact = artifacts[name]
        if artifact["type"] != STACK or name in ordered:
            return
        for dependency in artifact.get("dependencies", []):
            add(dependency)
        ordered[name] = Stack(name, region=artifact["environment"].rsplit("/", 1)[-1])

    for name in artifacts:
        add(name)
    return list(ordered.values())
