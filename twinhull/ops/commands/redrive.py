"""`twinhull redrive QUEUE`."""

from typing import Annotated

import typer

from twinhull.ops.queues import dead_letters
from twinhull.ops.redrive import redrive as send_back
from twinhull.ops.redrive import regions_with
from twinhull.ops.screen import Json, Screen, Yes
from twinhull.ops.target import Target
from twinhull.ops.trouble import interrupted


def redrive(
    context: typer.Context,
    queue: Annotated[str, typer.Argument(help="As `status` names it, like notices.")],
    region: Annotated[str | None, typer.Option(help="In one region only.")] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Send messages back that failed again and again, when what they failed at is mended."""
    screen = Screen(as_json=as_json)
    target: Target = context.obj
    with interrupted("nothing was moved."):
        found = {
            each.name: (each, dead_letters(target.cloud, each, queue))
            for each in regions_with(target.recalled(), queue, region)
        }
        for name, (_, count) in found.items():
            screen.say(f"{name}: {count} messages of {queue} lie aside")
        if any(count for _, count in found.values()):
            screen.confirm(queue, yes=yes)
    moved = [
        send_back(target.cloud, each, queue, screen.say).moved if count else 0
        for each, count in found.values()
    ]
    screen.document({"queue": queue, "moved": dict(zip(found, moved, strict=True))})
