"""The checks of cdk-nag and of the CDK: nothing unacknowledged, and nothing acknowledged in vain."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import app
from stacks import acknowledged
from stacks.application import Application
from stacks.settings import Settings
from tests.tiers import first

pytestmark = pytest.mark.slow

BARE = {
    "firewall": False,
    "watchdog": "off",
    "domain_name": "app.example.com",
    "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
}


@pytest.fixture(autouse=True)
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDK_VALIDATION", "true")


def findings(folder: Path, context: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(Path of the resource, rule) of all that is found when nothing is acknowledged."""
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synthesize(Application(context=context, outdir=str(folder)))
    report = json.loads((folder / "validation-report.json").read_text())
    for plugin in report["pluginReports"]:
        for violation in plugin["violations"]:
            for construct in violation["violatingConstructs"]:
                yield construct["constructPath"], violation["ruleName"].removeprefix("AwsSolutions-")


@pytest.mark.parametrize("context", first([{}, BARE]), ids=["full", "bare"])
def should_acknowledge_all_that_is_found_and_nothing_else(
    context: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(app, "acknowledge", lambda *_: None)
        found = set(findings(tmp_path / "found", context))
    settings = Settings.from_context(Application(context=context, outdir=str(tmp_path)).node)
    entries = [(entry.path, entry.rule) for entry in acknowledged.entries(settings)]
    assert len(entries) == len(set(entries))
    assert found == set(entries)
    app.synthesize(Application(context=context, outdir=str(tmp_path / "acknowledged")))


def should_fail_the_synthesis_when_one_reason_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = acknowledged.entries
    monkeypatch.setattr(acknowledged, "entries", lambda settings: list(every(settings))[1:])
    settings = Settings.from_context(Application(outdir=str(tmp_path)).node)
    first = next(iter(every(settings)))
    assert set(findings(tmp_path / "out", {})) == {(first.path, first.rule)}


def should_give_a_reason_that_a_reviewer_can_judge(tmp_path: Path) -> None:
    settings = Settings.from_context(Application(outdir=str(tmp_path)).node)
    for entry in acknowledged.entries(settings):
        assert len(entry.reason.split()) >= 5, entry
        assert "*" not in entry.path
