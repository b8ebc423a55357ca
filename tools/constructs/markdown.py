"""Tables and code."""

import re
from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escaped(cell: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", cell).replace("``", "`")


def fenced(code: str) -> str:
    return f"```python\n{code.strip()}\n```"
