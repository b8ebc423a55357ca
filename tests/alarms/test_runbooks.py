"""The runbooks: the same four parts, and nothing in them that is not there."""

import re
from pathlib import Path

import pytest

from tools.assembly import Assembly
from twinhull.alarms.queries import QUERIES
from twinhull.alarms.rows import ROWS

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["First five minutes", "Decide", "Mitigate", "Verify"]
RUNBOOKS = sorted({row.runbook for row in ROWS} | {"region", "objective"})
COMPOSITES = {"BurnFast", "BurnSteady", "BurnSlow", "RegionUnhealthy"}


def text(runbook: str) -> str:
    return (ROOT / "docs" / "runbooks" / f"{runbook}.md").read_text()


@pytest.mark.parametrize("runbook", RUNBOOKS)
def should_have_the_four_parts(runbook: str) -> None:
    parts = re.findall(r"^## (.+)$", text(runbook), re.MULTILINE)
    assert parts[:4] == PARTS


@pytest.mark.parametrize("runbook", RUNBOOKS)
def should_say_how_each_mitigation_is_undone(runbook: str) -> None:
    mitigate = text(runbook).partition("## Mitigate")[2].partition("## Verify")[0]
    assert "ndo" in mitigate or "undo" in mitigate.lower()


@pytest.mark.parametrize("runbook", RUNBOOKS)
def should_name_every_alarm_that_leads_to_it(runbook: str) -> None:
    named = set(re.findall(r"`([A-Z]\w+)`", text(runbook)))
    own = {row.name for row in ROWS if row.runbook == runbook and row.notifies}
    assert own <= named


@pytest.mark.parametrize("runbook", RUNBOOKS)
def should_name_only_commands_queries_and_alarms_that_there_are(runbook: str, assembly: Assembly) -> None:
    body = text(runbook)
    commands = {path.stem.replace("_", "-") for path in (ROOT / "twinhull" / "ops" / "commands").glob("*.py")}
    assert set(re.findall(r"`(?:\$ )?twinhull ([a-z-]+)", body)) <= commands
    assert set(re.findall(r"twinhull/([A-Z]\w+)", body)) <= QUERIES.keys()
    for link in re.findall(r"\]\(([a-z-]+\.md)\)", body):
        assert (ROOT / "docs" / "runbooks" / link).exists(), link
    alarms = re.search(r"\*\*Alarms?\*\*: (.*?)(?:\n\n|\. )", body, re.DOTALL)
    assert alarms
    named = set(re.findall(r"`(\w+)`", alarms[1]))
    assert named <= {row.name for row in ROWS} | COMPOSITES
