"""`twinhull restore-users --at TIME`."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from twinhull.ops import recovery
from twinhull.ops.recovery import Copy, Report
from twinhull.ops.screen import Json, Screen, Yes
from twinhull.ops.target import Target
from twinhull.ops.trouble import Exit, TroubleError

#: Verdict → what it means, in the order in which it is told.
MEANINGS: Final = {
    "changed": "something is put back that nobody is known to have changed",
    "missing": "gone, and not known to have been purged: put back",
    "newer": "differs only by what somebody did since: stays",
    "anew": "registered again since: stays",
    "erased": "gone, and perhaps purged: stays erased",
    "damaged": "cannot be read, now or then: look at the item",
    "same": "as at that time",
}

#: What is told of one of them, and in which words.
WORDS: Final = {"back": "back to then:", "kept": "as now:"}

SHOWN: Final = 20
"""How many of a kind are shown one by one; --json tells all."""


def restore_users(
    context: typer.Context,
    at: Annotated[str, typer.Option("--at", help="The last good moment, like 2026-11-25T10:00:00Z.")],
    undo: Annotated[
        list[str] | None,
        typer.Option(help="A kind of event in the histories that is bad itself, like deleted; repeatable."),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Undo only what this user's id did.")] = None,
    region: Annotated[str | None, typer.Option(help="Where to work; else the primary region.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Make the copy and compare; no more.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Delete the copy that is left over.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Put users and uploads back as they were before bad writes, and keep what people did since.

    It restores the table to that moment into a copy, compares, shows, asks, and writes by condition; no
    file is touched. It can be interrupted and repeated. The copy stays until --remove.
    """
    screen = Screen(as_json=as_json)
    target: Target = context.obj
    moment = recovery.moment_of(at, datetime.now(UTC))
    if by and not undo:
        raise TroubleError("bad-undo", "--by says whose events --undo undoes: name their kinds.", Exit.USAGE)
    deployment = target.looked_up()
    copy = Copy(region=deployment.region(region) if region else deployment.regions[0], moment=moment)
    if remove:
        was_there = recovery.remove(target.cloud, copy)
        screen.say(f"✓ {copy.name} {'is deleted' if was_there else 'is not there'} in {copy.region.name}.")
        screen.document({"removed": was_there, **_about(copy)})
        return

    recovery.make(target.cloud, copy, screen.say)
    choice: dict[str, Any] = {"undo": undo or [], "by": by}
    plan = {
        kind: _last(recovery.walk(target.cloud, copy, kind, **choice, dry_run=True))
        for kind in recovery.KINDS
    }
    _show(screen, plan)
    done = plan
    to_do = sum(one.to_do for one in plan.values())
    if to_do and not dry_run:
        screen.confirm(str(to_do), yes=yes)
        done = {
            kind: _last(recovery.walk(target.cloud, copy, kind, **choice, dry_run=False))
            for kind in recovery.KINDS
        }
        screen.say(f"✓ {' and '.join(f'{one.to_do} {kind}' for kind, one in done.items())} are put back.")
    again = f"--at {moment:%Y-%m-%dT%H:%M:%SZ} --region {copy.region.name}"
    screen.say(
        f"The copy {copy.name} costs money until it is deleted: twinhull restore-users {again} --remove"
    )
    told = {kind: {"counts": dict(one.counts), "others": one.others} for kind, one in done.items()}
    screen.document({"dry_run": dry_run, **_about(copy), **told})
    if any(one.counts["damaged"] for one in done.values()):
        raise typer.Exit(Exit.ATTENTION)


def _last(reports: Iterator[Report]) -> Report:
    *_, last = reports
    return last


def _about(copy: Copy) -> dict[str, str]:
    return {"at": copy.moment.isoformat(), "region": copy.region.name, "copy": copy.name}


def _show(screen: Screen, plan: Mapping[str, Report]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("users", "uploads", "verdict", "meaning"):
        table.add_column(column)
    for verdict, meaning in MEANINGS.items():
        counts = [one.counts[verdict] for one in plan.values()]
        if any(counts):
            table.add_row(*map(str, counts), verdict, meaning)
    screen.show(table)
    for one in plan.values():
        for other in one.others[:SHOWN]:
            details = [f"{word} {', '.join(other[key])}" for key, word in WORDS.items() if other[key]]
            screen.say("  ".join(["", other["id"], other["verdict"], "; ".join(details)]).rstrip())
        if len(one.others) > SHOWN:
            screen.say(f"  … and {len(one.others) - SHOWN} more: --json tells all.")
