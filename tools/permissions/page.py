"""`docs/permissions.md`: each role's grants, and which of them no test uses."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from tools.permissions.grants import Grant, Row
from tools.permissions.unchecked import ELSEWHERE, why_unchecked

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "permissions.md"

HEAD: Final = """# Permissions

Written by `make permissions ARGS=--write`, which runs the tests that start a cloud. There, IAM is
enforced as in AWS: a function can do what its role is granted and nothing else. `{region}` is the role's own
Region, `{peer}` the other one. The command fails if a role is denied something and no test is marked to
intend it, or if no test uses something that is granted and checked.

| role | resource | actions | condition | used by no test |
|---|---|---|---|---|
"""
UNCHECKED: Final = """
## Not checked on one machine

| role | resource | actions | reason |
|---|---|---|---|
"""


def page(grants: Sequence[Grant], unused: Iterable[Row]) -> str:
    """Return the page as it should be."""
    reasons = {grant.row: why_unchecked(grant) for grant in grants}
    idle = set(unused)
    checked = [row for row in sorted(reasons) if not reasons[row]]
    lines = [HEAD]
    for (role, resource, condition), rows in _grouped(checked):
        left = [row.action for row in rows if row in idle]
        lines.append(_cells(role, resource, [row.action for row in rows], _code(condition), _codes(left)))
    lines.append(UNCHECKED)
    for reason in dict.fromkeys(filter(None, reasons.values())):
        for (role, resource, _), rows in _grouped(sorted(row for row in reasons if reasons[row] == reason)):
            lines.append(_cells(role, resource, [row.action for row in rows], reason))
    lines.append("\nNor are, besides the roles:\n\n")
    lines += [f"- {each}\n" for each in ELSEWHERE]
    return "".join(lines)


def read_unused(text: str, grants: Sequence[Grant]) -> list[Row]:
    """Return the rows that a page calls unused."""
    listed = {
        (role, resource, action)
        for role, resource, left in re.findall(
            r"^\| (\S+) \| `([^`]+)` \|[^|]+\|[^|]*\| (`[^|]+`) \|$", text, flags=re.M
        )
        for action in re.findall(r"`([^`]+)`", left)
    }
    return sorted(
        {row for row in (grant.row for grant in grants) if (row.role, row.resource, row.action) in listed}
    )


def _grouped(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, str, str], list[Row]]]:
    def key(row: Row) -> tuple[str, str, str]:
        return row.role, row.resource, row.condition

    for found, group in groupby(sorted(rows, key=key), key=key):
        yield found, list(group)


def _cells(role: str, resource: str, actions: Sequence[str], *more: str) -> str:
    return f"| {' | '.join([role, f'`{resource}`', _codes(actions), *more])} |\n"


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(map(_code, texts))


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
