"""Run make's targets, each within its budget of time, and say what the tests found and which were slowest.

    python -m tools.budget setup check test proof

A target over its budget fails where `BUDGET` is set; elsewhere it is only reported: machines differ.
The program uses the standard library alone, so that it runs before anything is installed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

ROOT: Final = Path(__file__).resolve().parent.parent
REPORTS: Final = ROOT / ".cache" / "junit"
"""Where each run of pytest that the Makefile starts writes a report in JUnit's format."""

BUDGETS: Final[Mapping[str, float]] = {"setup": 180, "check": 150, "test": 7 * 60, "proof": 20 * 60}
"""Target → seconds on two cores."""
WARM_CHECK: Final = 90.0
"""Seconds of `make check` where mypy has its cache."""
TOTAL: Final = 30 * 60.0
"""Seconds of all targets together."""
SHOWN: Final = 15


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test as a report has it; `outcome` is `passed`, `failed` or `skipped`."""

    name: str
    seconds: float
    outcome: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """One target that was run."""

    name: str
    seconds: float
    budget: float
    status: int
    cases: tuple[Case, ...] = ()

    @property
    def is_over(self) -> bool:
        """Return whether it took longer than its budget."""
        return self.seconds > self.budget


def budget_of(target: str, *, is_warm: bool) -> float:
    """Return the seconds that a target may take."""
    return WARM_CHECK if target == "check" and is_warm else BUDGETS[target]


def cases_in(reports: Path) -> tuple[Case, ...]:
    """Return the tests of all reports in a folder."""
    return tuple(
        Case(
            name=f"{case.get('classname')}::{case.get('name')}",
            seconds=float(case.get("time") or 0),
            outcome=_outcome(case),
        )
        for report in sorted(reports.glob("*.xml"))
        for case in ElementTree.parse(report).iter("testcase")
    )


def _outcome(case: ElementTree.Element) -> str:
    found = {child.tag for child in case}
    return "failed" if found & {"failure", "error"} else "skipped" if "skipped" in found else "passed"


def run(target: str, *, command: Sequence[str], budget: float, reports: Path = REPORTS) -> Run:
    """Run a command that stands for a target, and measure it."""
    for report in reports.glob("*.xml"):
        report.unlink()
    started = time.monotonic()
    status = subprocess.run(command, check=False).returncode
    seconds = time.monotonic() - started
    return Run(name=target, seconds=seconds, budget=budget, status=status, cases=cases_in(reports))


def faults(runs: Sequence[Run], *, seconds: float) -> list[str]:
    """Return a sentence for each budget that was exceeded, with the slowest tests after it."""
    found = []
    for each in runs:
        if each.is_over:
            found.append(f"`make {each.name}` took {each.seconds:.0f} s; its budget is {each.budget:.0f} s.")
            found += slowest(each.cases)
    if seconds > TOTAL:
        found.append(f"All together took {seconds:.0f} s; the budget is {TOTAL:.0f} s.")
        found += slowest(case for each in runs for case in each.cases)
    return found


def slowest(cases: Iterable[Case]) -> list[str]:
    """Return a line for each of the slowest tests, the slowest first."""
    ranked = sorted(cases, key=lambda case: case.seconds, reverse=True)[:SHOWN]
    return [f"  {case.seconds:6.1f} s  {case.name}" for case in ranked]


def summary(runs: Sequence[Run]) -> str:
    """Return what all tests found, in one line."""
    outcomes = [case.outcome for each in runs for case in each.cases]
    return ", ".join(f"{outcomes.count(each)} {each}" for each in ("passed", "failed", "skipped"))


def main(targets: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Run the targets until one fails; the exit status."""
    started = time.monotonic()
    runs: list[Run] = []
    for target in targets:
        budget = budget_of(target, is_warm=(ROOT / ".mypy_cache").exists())
        runs.append(run(target, command=["make", target], budget=budget))
        if runs[-1].status:
            break
    over = faults(runs, seconds=time.monotonic() - started)
    print()
    for each in runs:
        print(f"make {each.name}: {each.seconds:.0f} s of {each.budget:.0f} s")
    print(*over, summary(runs), sep="\n")
    is_enforced = bool(environment.get("BUDGET"))
    return runs[-1].status if runs and runs[-1].status else int(is_enforced and bool(over))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(BUDGETS)))
