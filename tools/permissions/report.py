"""Grants joined with decisions, for the terminal."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from tools.permissions.grants import Grant, Row
from tools.permissions.unchecked import ELSEWHERE, why_unchecked
from tools.permissions.usage import Decision

LONGEST_ROLE_NAME: Final = 64
"""Characters; IAM allows no more, so CloudFormation cuts the names that it makes up."""
LONGEST_TEST: Final = 160
"""Characters of a test's id that are shown: parameters can be whole files."""


@dataclass(frozen=True)
class Report:
    """What a run of tests used.

    :ivar used: row → a test that used it.
    :ivar unused: rows that the emulator checks, and no test used.
    :ivar unchecked: row → why the emulator does not check it.
    :ivar denied: denials that no test intends.
    :ivar intended: denials that a test intends.
    """

    used: dict[Row, str]
    unused: list[Row]
    unchecked: dict[Row, str]
    denied: list[Decision]
    intended: list[Decision]

    @classmethod
    def of(cls, grants: Sequence[Grant], decisions: Iterable[Decision]) -> "Report":
        """Join them; of several tests that used a grant the first decision's is named."""
        used: dict[Row, str] = {}
        denied: dict[Decision, None] = {}
        known: set[tuple[str, str, str]] = set()
        for decision in decisions:
            if not decision.allowed:
                denied[decision] = None
            key = (decision.role, decision.action, decision.resource)
            if not decision.allowed or key in known:
                continue
            known.add(key)
            for grant in grants:
                if is_role(decision.role, grant) and grant.covers(decision.action, decision.resource):
                    used.setdefault(grant.row, decision.test or "(between tests)")
        unchecked = {grant.row: reason for grant in grants if (reason := why_unchecked(grant))}
        return cls(
            used=dict(sorted(used.items())),
            unused=sorted({grant.row for grant in grants} - used.keys() - unchecked.keys()),
            unchecked=dict(sorted(unchecked.items())),
            denied=[decision for decision in denied if not decision.intended],
            intended=[decision for decision in denied if decision.intended],
        )

    def lines(self) -> Iterator[str]:
        """Yield the lines of the report."""
        yield "Granted and used, with a test that did:"
        for role, rows in groupby(self.used, key=lambda row: row.role):
            yield f"  {role}"
            yield from (f"    {_line(row)}  {self.used[row][:LONGEST_TEST]}" for row in rows)
        yield from _listed("Granted, and used by no test:", map(_line_with_role, self.unused))
        yield "Not checked on one machine:"
        for reason in dict.fromkeys(self.unchecked.values()):
            left = [row for row, why in self.unchecked.items() if why == reason]
            roles = ", ".join(dict.fromkeys(row.role for row in left))
            yield f"  {reason}: {', '.join(dict.fromkeys(row.action for row in left))} ({roles})"
        yield from (f"  {each}" for each in ELSEWHERE)
        yield from _listed("Denied, as a test intends:", map(_denial, self.intended))
        yield from _listed("Denied, and no test intends it:", map(_denial, self.denied))


def is_role(name: str, grant: Grant) -> bool:
    """Return whether a deployed role is the one that has a grant."""
    stem = name.rpartition("-")[0]
    return stem == grant.role_name or (len(name) == LONGEST_ROLE_NAME and grant.role_name.startswith(stem))


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield title
    yield from [f"  {line}" for line in lines] or ["  none"]


def _line(row: Row) -> str:
    return f"{row.action:<34} {row.resource}{f' if {row.condition}' if row.condition else ''}"


def _line_with_role(row: Row) -> str:
    return f"{row.role:<12} {_line(row)}"


def _denial(decision: Decision) -> str:
    return f"{decision.role} {decision.action} {decision.resource}  {decision.test or '(between tests)'}"
