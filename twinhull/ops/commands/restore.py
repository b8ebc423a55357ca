"""`twinhull restore REGION`."""

from typing import Annotated

import typer

from twinhull.ops.commands.moving import move
from twinhull.ops.screen import Json, Yes


def restore(
    context: typer.Context,
    region: Annotated[str, typer.Argument(help="The region that was evacuated.")],
    yes: Yes = False,
    force: Annotated[bool, typer.Option("--force", help="Although the region fails a check.")] = False,
    as_json: Json = False,
) -> None:
    """Let requests reach a region again. `evacuate` undoes it."""
    move(context.obj, "restore", region, yes=yes, force=force, as_json=as_json)
