"""What the tests used: the emulator's decisions, each with the test that ran then.

A folder holds one folder for each process that ran tests, one test after the other: `tests.jsonl` says which
ran when, and every other file holds the decisions of one emulator that the process started.
"""

import json
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

TESTS: Final = "tests.jsonl"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the emulator decided about a role.

    :ivar test: what ran then; empty between tests.
    :ivar when: `setup`, `call` or `teardown` of the test.
    :ivar intended: the test is marked `denied` with this action.
    """

    role: str
    action: str
    resource: str
    allowed: bool
    test: str = ""
    when: str = ""
    intended: bool = False


def read_decisions(folder: Path) -> list[Decision]:
    """Return all decisions of a run, those during the calls of tests first."""
    decisions = [decision for process in sorted(folder.iterdir()) for decision in _of_process(process)]
    return sorted(decisions, key=lambda decision: (decision.when != "call", not decision.test))


def _of_process(folder: Path) -> list[Decision]:
    phases = sorted(_lines(folder / TESTS), key=lambda phase: float(phase["start"]))
    starts = [float(phase["start"]) for phase in phases]
    found = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in _lines(file) if file.name != TESTS else []:
            index = bisect_right(starts, line["at"]) - 1
            during = phases[index] if index >= 0 and line["at"] <= phases[index]["stop"] else {}
            found.append(
                Decision(
                    role=line["role"],
                    action=line["action"],
                    resource=line["resource"],
                    allowed=line["allowed"],
                    test=during.get("test", ""),
                    when=during.get("when", ""),
                    intended=line["action"] in during.get("denied", []),
                )
            )
    return found


def _lines(file: Path) -> list[dict[str, Any]]:
    # An emulator that was killed may have left half a line.
    return [json.loads(line) for line in file.read_text().splitlines() if line.endswith("}")]
