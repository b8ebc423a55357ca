"""`twinhull evacuate REGION`."""

from typing import Annotated

import typer

from twinhull.ops.commands.moving import move
from twinhull.ops.screen import Json, Yes


def evacuate(
    context: typer.Context,
    region: Annotated[str, typer.Argument(help="The region that requests are to leave.")],
    yes: Yes = False,
    force: Annotated[bool, typer.Option("--force", help="Although the other region fails a check.")] = False,
    as_json: Json = False,
) -> None:
    """Send every request to the other region. `restore` undoes it."""
    move(context.obj, "evacuate", region, yes=yes, force=force, as_json=as_json)
