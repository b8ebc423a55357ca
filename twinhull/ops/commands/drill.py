"""`twinhull drill` and `twinhull drill-undo`."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from twinhull.ops import cloud as clouds
from twinhull.ops.deployment import Deployment
from twinhull.ops.drill.chart import chart
from twinhull.ops.drill.result import Result
from twinhull.ops.drill.run import Drill, Options, cores
from twinhull.ops.drill.switches import ConcurrencySwitches, LocalSwitches, Switches
from twinhull.ops.drill.table import sentences, table
from twinhull.ops.drill.undo import Before, before
from twinhull.ops.edge import Store
from twinhull.ops.screen import Json, Screen, Yes
from twinhull.ops.target import Target
from twinhull.ops.trouble import Exit, TroubleError

PASSWORD = "TWINHULL_ADMIN_PASSWORD"  # noqa: S105 -- the name of a variable

#: The firewall counts the requests of an address in five minutes: 2 000, and 100 registrations and log-ins.
#: At this pace there are about 65 of these, and some more that are repeated.
AWS_PACE, AWS_CLIENTS = 4.0, 6
PACE, CLIENTS = 0.3, 12

Aws = Annotated[bool, typer.Option("--aws", help="A real deployment, not the one that `make up` serves.")]
Port = Annotated[int | None, typer.Option(help="Of the local page; 8080 if not said before the command.")]


def drill(
    context: typer.Context,
    aws: Aws = False,
    port: Port = None,
    duration: Annotated[float, typer.Option(min=20, help="Seconds of load.")] = 120,
    clients: Annotated[int | None, typer.Option(min=3, help="At once: 12, with --aws 6.")] = None,
    pace: Annotated[
        float | None, typer.Option(min=0.05, help="Seconds between the calls of a client: 0.3, with --aws 4.")
    ] = None,
    states: Annotated[
        str | None, typer.Option(help="Ways to be lost, such as refuse,mute: else all.")
    ] = None,
    regions: Annotated[
        str | None, typer.Option(help="Which are lost: else both, one after the other.")
    ] = None,
    slack: Annotated[
        float, typer.Option(min=0, help="Seconds more for each promise, on a busy machine.")
    ] = 0,
    into: Annotated[Path, typer.Option(help="The folder of drill.json and drill.svg.")] = Path("build/drill"),
    admin: Annotated[
        str | None, typer.Option(help=f"With --aws: an administrator's address; password in {PASSWORD}.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Lose each region under load, in every way, and count what it cost.

    Exit status 1 when a promise is broken: a read failed, a write failed after one retry, something that was
    acknowledged is lost or doubled, or it took too long.
    """
    screen = Screen(as_json=as_json)
    target = _target(context.obj, aws=aws, port=port)
    deployment = target.looked_up()
    switches = _switches(target, deployment, aws=aws)
    options = Options(
        seconds=duration,
        clients=clients or (AWS_CLIENTS if aws else CLIENTS),
        pace=pace or (AWS_PACE if aws else PACE),
        states=_chosen("states", states, switches.states),
        regions=_chosen("regions", regions, [region.name for region in deployment.regions]),
        slack=slack,
    )
    administrator = _administrator(switches, admin)
    if drained := Store(target.cloud, deployment).read().region:
        raise TroubleError("drained", f"{drained} is drained: `twinhull restore {drained}` before the drill.")
    kept = before(deployment.name, local_port=None if aws else target.port)
    _announce(screen, deployment, options, aws=aws)
    if aws:
        screen.confirm(deployment.name, yes=yes)
    kept.save(switches)
    undo = f"twinhull drill-undo{' --aws' if aws else f' --port {target.port}'}"
    screen.say(f"If this is killed, `{undo}` puts back what it changed.")
    screen.say()
    try:
        result = asyncio.run(
            Drill(
                cloud=target.cloud,
                deployment=deployment,
                switches=switches,
                settings=kept.read()["settings"],
                administrator=administrator,
                options=options,
                edge=target.cloud.page_url(deployment.url),
                say=screen.say,
            ).run()
        )
    except asyncio.CancelledError:
        raise TroubleError("interrupted", "Interrupted; everything is put back.", Exit.INTERRUPTED) from None
    finally:
        _put_back(kept, target, deployment, switches, undo)
    _report(screen, result, into)
    if result.broken:
        raise typer.Exit(Exit.ATTENTION)


def drill_undo(context: typer.Context, aws: Aws = False, port: Port = None, as_json: Json = False) -> None:
    """Put back what a drill changed that was cut short. Doing it again changes nothing."""
    screen = Screen(as_json=as_json)
    target = _target(context.obj, aws=aws, port=port)
    deployment = target.looked_up()
    kept = before(deployment.name, local_port=None if aws else target.port)
    done: list[str] = []
    if kept.exists:
        done = kept.put_back(target.cloud, deployment, _switches(target, deployment, aws=aws))
    for line in done or ["Nothing to undo: no drill was cut short."]:
        screen.say(f"✓ {line}")
    screen.document({"done": done})


def _target(target: Target, *, aws: bool, port: int | None) -> Target:
    """Without ``--aws`` it is what `make up` serves; with it, what the options before the command say."""
    if port is not None:
        target.port = port
    if not aws:
        target.make_cloud = partial(clouds.local, target.port)
    return target


def _switches(target: Target, deployment: Deployment, *, aws: bool) -> Switches:
    return ConcurrencySwitches(target.cloud, deployment) if aws else LocalSwitches(target.cloud)


def _chosen(name: str, given: str | None, known: Sequence[str]) -> list[str]:
    chosen = [each.strip() for each in given.split(",")] if given else list(known)
    for each in chosen:
        if each not in known:
            raise TroubleError(
                f"bad-{name}", f"{each!r} is none of the {name}; there are {', '.join(known)}.", Exit.USAGE
            )
    return list(dict.fromkeys(chosen))


def _administrator(switches: Switches, email: str | None) -> Mapping[str, str]:
    if isinstance(switches, LocalSwitches):
        return switches.administrator
    password = os.environ.get(PASSWORD)
    if not email or not password:
        raise TroubleError(
            "no-administrator",
            f"The drill needs an administrator: give the address by --admin, the password by {PASSWORD}.",
            Exit.USAGE,
        )
    return {"email": email, "password": password}


def _announce(screen: Screen, deployment: Deployment, options: Options, *, aws: bool) -> None:
    screen.say(f"{deployment.name}: {options.clients} clients for {options.seconds:.0f} s, {cores()} cores.")
    screen.say(f"{' and '.join(options.regions)}, one after the other: {', '.join(options.states)};")
    screen.say("each is drained and restored, once while it is lost and once while it serves.")
    if aws:
        screen.say(
            "A region is lost by reserved concurrency 0 of each of its functions: nobody is served there."
        )
        screen.say("Accounts that are registered are deleted in the end, and purged after 30 days.")


def _put_back(kept: Before, target: Target, deployment: Deployment, switches: Switches, undo: str) -> None:
    try:
        kept.put_back(target.cloud, deployment, switches)
    except TroubleError as trouble:
        raise TroubleError(
            "not-put-back", f"{trouble} Not everything is as it was: `{undo}` tries again.", Exit.UNKNOWN
        ) from trouble


def _report(screen: Screen, result: Result, into: Path) -> None:
    document: Mapping[str, Any] = result.document
    into.mkdir(parents=True, exist_ok=True)
    (into / "drill.json").write_text(json.dumps(document, indent=2) + "\n")
    (into / "drill.svg").write_text(chart(result))
    screen.say()
    for line in (*table(document), "", *sentences(document)):
        screen.say(line)
    screen.say(f"{into / 'drill.json'}, {into / 'drill.svg'}")
    screen.document(document)
