"""The result for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

COLUMNS = (
    "reads", "failed", "p99", "slowest",
    "writes", "first", "failed", "p99", "slowest",
    "recovered", "drain acts",
)  # fmt: skip


def table(document: Mapping[str, Any]) -> Table:
    """A row per phase and the totals; seconds, and of writes those that failed before and after the retry."""
    made = Table(title=None, box=None, pad_edge=False)
    made.add_column("phase")
    for column in COLUMNS:
        made.add_column(column, justify="right")
    for phase in document["phases"]:
        made.add_row(phase["name"], *_cells(phase))
    made.add_section()
    made.add_row("all", *_cells({**document["totals"], "recovered_after": None, "obeyed_after": None}))
    return made


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
