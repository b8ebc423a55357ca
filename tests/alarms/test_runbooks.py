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


def part(runbook: str, name: str) -> str:
    return text(runbook).partition(f"## {name}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("runbook", sorted(set(RUNBOOKS) - {"objective"}))
def should_say_how_each_mitigation_is_undone(runbook: str) -> None:
    steps = re.split(r"^- ", part(runbook, "Mitigate"), flags=re.MULTILINE)[1:]
    assert steps
    assert [step for step in steps if "*Undo*: " not in step.partition("\n\n")[0]] == []


def should_say_that_what_others_do_can_be_undone() -> None:
    assert "As in [api](api.md)" in part("objective", "Mitigate")


#: Of AWS's command line, what looks; a message that was looked at is there again at once.
LOOKS = re.compile(
    r"(describe|filter|get|head|list|tail)\b|receive-message --queue-url URL --visibility-timeout 1 "
)


@pytest.mark.parametrize("runbook", RUNBOOKS)
def should_change_nothing_in_the_first_five_minutes(runbook: str) -> None:
    first = part(runbook, "First five minutes")
    asked = re.findall(r"\baws [a-z0-9]+ (.+)", first)
    assert [each for each in asked if not LOOKS.match(each)] == []
    assert set(re.findall(r"\btwinhull ([a-z-]+)", first)) <= {"status", "pending"}


@pytest.mark.parametrize("runbook", RUNBOOKS)
def should_say_what_is_expected_and_leave_nothing_out_of_a_command(runbook: str) -> None:
    first = part(runbook, "First five minutes")
    blocks = re.findall(r"```\w+\n(.*?)```", first, re.DOTALL)
    assert "xpected" in first or blocks
    for block in blocks:
        lines = block.replace("\\\n", " ").splitlines()
        commands = [line for line in lines if line.strip().startswith("$ ")]
        assert [line for line in commands if "…" in line] == []
        assert len(lines) > len(commands), "no output"


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
