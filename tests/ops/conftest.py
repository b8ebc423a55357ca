"""What the tests of the operators' commands share."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ops.world import World, outputs, served
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
        self._outputs = outputs

    def __call__(self, *arguments: str) -> Ran:
        status = main.main(["--name", "shop", "--outputs", str(self._outputs), *arguments])
        captured = self._capsys.readouterr()
        return Ran(status, captured.out, captured.err)


@pytest.fixture
def twinhull(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Twinhull:
    """The command, as somebody would type it who has the file of the outputs."""
    monkeypatch.setattr(cloud, "aws", lambda: world.cloud)
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(outputs()))
    return Twinhull(capsys, file)
