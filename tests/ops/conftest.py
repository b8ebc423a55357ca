"""What the tests of the operators' commands share."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ops.queues import Queues, Sqs
from tests.ops.world import EAST, WEST, World, outputs, served
from twinhull.ops import cloud, main


@pytest.fixture
def world() -> Iterator[World]:
    """A deployment that is well."""
    with served() as world:
        yield world


@dataclass
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document that was printed."""
        return json.loads(self.out)


class Twinhull:
    """The command `twinhull`, about a world."""

    def __init__(self, capsys: pytest.CaptureFixture[str], outputs: Path) -> None:
        self._capsys = capsys
        self.outputs = outputs

    def __call__(self, *arguments: str, given: bool = True) -> Ran:
        """Run it; ``given`` is whether the outputs are, so that a silent CloudFormation is no obstacle."""
        outputs = ["--outputs", str(self.outputs)] if given else []
        status = main.main(["--name", "shop", *outputs, *arguments])
        captured = self._capsys.readouterr()
        return Ran(status, captured.out, captured.err)


@pytest.fixture
def twinhull(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Twinhull:
    """The command, as somebody would type it who has the file of the outputs."""
    monkeypatch.setattr(cloud, "aws", lambda: world.cloud)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(outputs()))
    return Twinhull(capsys, file)


@pytest.fixture
def queued(world: World, twinhull: Twinhull) -> Queues:
    """A deployment with a queue in each region."""
    queues = Queues(Sqs(EAST), Sqs(WEST))
    described = outputs()
    for region in (EAST, WEST):
        world.services["sqs", region] = queues.of(region)
        urls = queues.of(region).urls
        stack = f"shop-compute-{region}"
        described[stack] |= {
            "IntakeQueueUrl": urls["intake"],
            "IntakeDeadLetterQueueUrl": urls["intake-dead"],
        }
        world.services["cloudformation", region].stacks[stack] = described[stack]
    twinhull.outputs.write_text(json.dumps(described))
    return queues
