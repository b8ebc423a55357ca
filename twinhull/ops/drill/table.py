"""The result for people."""

from collections.abc import Iterator, Mapping
from typing import Any

HEADS = (
    ("", "reads", "", "", "", "writes", "", "", "", "", "recovered", "drain"),
    ("", "tried", "failed", "p99", "slowest", "tried", "first", "retried", "p99", "slowest", "after", "acts"),
)


def table(document: Mapping[str, Any]) -> Iterator[str]:
    """A line per phase and one for all; seconds. Of writes: failed at first, and failed after the retry."""
    phases = [(phase["name"], *_cells(phase)) for phase in document["phases"]]
    total = {**document["totals"], "recovered_after": None, "obeyed_after": None}
    rows = [*HEADS, *phases, ("all", *_cells(total))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS[0]))]
    for first, *others in rows:
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join([first.ljust(widths[0]), *cells]).rstrip()


def sentences(document: Mapping[str, Any]) -> Iterator[str]:
    """The promises, one a line."""
    totals = document["totals"]
    yield (
        f"{totals['acknowledged']} writes to {totals['accounts']} accounts were acknowledged and read back "
        f"from each region; {document['cores']} cores."
    )
    for promise in document["promises"]:
        mark = {True: "✓", False: "✗", None: "–"}[promise["kept"]]
        value = "not measured" if promise["value"] is None else _figure(promise["value"], promise["unit"])
        yield f"{mark} {promise['name']}: {value} (at most {_figure(promise['limit'], promise['unit'])})"


def _figure(value: float, unit: str) -> str:
    return f"{value:.2f} {unit}" if unit else f"{value:.0f}"


def _cells(phase: Mapping[str, Any]) -> Iterator[str]:
    reads, writes = phase["reads"], phase["writes"]
    yield from (str(reads["tried"]), str(reads["failed"]), _seconds(reads["p99"]), _seconds(reads["slowest"]))
    yield from (str(writes["tried"]), str(writes["failed_first"]), str(writes["failed"]))
    yield from (_seconds(writes["p99"]), _seconds(writes["slowest"]))
    yield from (_seconds(phase["recovered_after"]), _seconds(phase["obeyed_after"]))


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
