"""What the documentation says is what the project has."""

import re
from pathlib import Path
from uuid import uuid4

import pytest

from stacks.settings import Settings
from tools import before_deploy
from tools.assembly import Assembly
from tools.settings import PAGE, page

ROOT = Path(__file__).resolve().parent.parent
DECISIONS = ROOT / "docs" / "decisions"


def should_document_every_setting() -> None:
    assert PAGE.read_text() == page(), "run .venv/bin/python -m tools.settings"


def should_list_every_decision_once() -> None:
    listed = re.findall(r"\]\((\d{4}-[a-z-]+\.md)\)", (DECISIONS / "README.md").read_text())
    assert listed == sorted(path.name for path in DECISIONS.glob("0*.md"))


def should_refuse_to_deploy_with_the_published_namespace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert before_deploy.main() == 1
    assert "choose your own before the first deployment" in capsys.readouterr().err
    own = tmp_path / "cdk.json"
    own.write_text(before_deploy.CDK_JSON.read_text().replace(before_deploy.PUBLISHED, str(uuid4())))
    assert before_deploy.main(own) == 0
    assert capsys.readouterr().out.startswith("The functions' SDK is botocore ")


def should_refuse_to_deploy_without_the_python_that_compiles_the_packages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "cdk.json"
    own.write_text(before_deploy.CDK_JSON.read_text().replace(before_deploy.PUBLISHED, str(uuid4())))
    monkeypatch.setattr(before_deploy, "find_interpreter", lambda version: None)
    assert before_deploy.main(own) == 1
    assert "✗ No Python 3.13 was found" in capsys.readouterr().err


def should_name_settings_and_stacks_that_are_there(assembly: Assembly) -> None:
    text = (ROOT / "docs" / "deploying.md").read_text()
    for name in re.findall(r"`(\w+_\w+)`", text):
        assert name in Settings.model_fields or name.isupper(), name
    for name in re.findall(r"twinhull-[a-z]+-us-[a-z]+-\d|twinhull-edge", text):
        assert name in assembly.stacks, name
    kinds = [stack.removeprefix("twinhull-").split("-us-")[0] for stack in assembly.stacks]
    places = [text.index(f"`{kind}") for kind in dict.fromkeys(kinds)]
    assert places == sorted(places)
