"""`twinhull status`."""

from collections.abc import Callable

import typer
from rich.table import Table

from twinhull.ops.asking import Heard
from twinhull.ops.screen import Json, Screen
from twinhull.ops.status import RegionStatus, Status
from twinhull.ops.survey import survey
from twinhull.ops.target import Target

UNKNOWN = "not known"


def status(context: typer.Context, as_json: Json = False) -> None:
    """Show how both regions, the edge and what waits are. Changes nothing."""
    screen = Screen(as_json=as_json)
    target: Target = context.obj
    found = survey(target.cloud, target.looked_up())
    screen.document(found.document)
    _show(screen, found, page=target.cloud.page_url(found.deployment.url))
    raise typer.Exit(found.exit)


def _show(screen: Screen, found: Status, *, page: str) -> None:
    screen.say(f"Page   {page}/  {_answer(found.page)}")
    screen.say(f"Edge   sends writes to {found.edge.region or 'no region'}  {_answer(found.edge)}")
    screen.say()
    screen.show(_table(found))
    if found.deployment.known_since:
        screen.say(f"\nCloudFormation was silent: addresses as of {found.deployment.known_since}.")
    screen.say()
    for sentence in found.findings:
        screen.say(f"! {sentence}")
    for sentence in found.unknown:
        screen.say(f"? {sentence}")
    if not (found.findings or found.unknown):
        screen.say("✓ All is well.")


def _table(found: Status) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column()
    for each in found.regions:
        table.add_column(f"{each.region.name} ({each.region.role})", overflow="fold")
    for label, cell in _ROWS.items():
        table.add_row(label, *(cell(found, each) for each in found.regions))
    for noun in sorted({noun for each in found.regions for noun in each.region.queues}):
        table.add_row(f"queue {noun}", *(_queue(each, noun) for each in found.regions))
    return table


def _ready(_: Status, each: RegionStatus) -> str:
    if each.ready.value is None:
        return UNKNOWN
    return f"{'✓ yes' if each.is_ready else '✗ no'}, {_answer(each.ready.value)}"


def _drained(found: Status, each: RegionStatus) -> str:
    if found.drained.value is None:
        return UNKNOWN
    return "! yes" if found.drained_region == each.region.name else "no"


def _watchdog(_: Status, each: RegionStatus) -> str:
    if each.region.watchdog is None:
        return "off"
    look = each.watchdog.value
    if look is None:
        seen = UNKNOWN
    elif look.at is None:
        seen = "no look in the last minutes"
    else:
        seen = f"{look.outcome} at {look.at:%H:%M:%S} UTC"
    healthy = f", {look.healthy:.0%} healthy" if look and look.healthy is not None else ""
    return f"{each.region.watchdog.mode}: {seen}{healthy}"


def _release(_: Status, each: RegionStatus) -> str:
    functions = each.functions.value
    if functions is None:
        return UNKNOWN
    return ", ".join(f"{noun} {one.version}" for noun, one in functions.items())


def _queue(each: RegionStatus, noun: str) -> str:
    count = (each.queues.value or {}).get(noun)
    if count is None:
        return UNKNOWN if noun in each.region.queues else "-"
    return f"{count.waiting} wait, {count.working} in work, {count.dead} aside"


_ROWS: dict[str, Callable[[Status, RegionStatus], str]] = {
    "ready": _ready,
    "drained": _drained,
    "watchdog on its peer": _watchdog,
    "versions": _release,
}


def _answer(heard: Heard) -> str:
    return f"{heard.status or heard.fault} in {heard.seconds:.2f} s"
