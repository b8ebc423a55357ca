"""`twinhull admin EMAIL`."""

from typing import Annotated

import typer

from twinhull.ops.admin import appoint
from twinhull.ops.screen import Json, Screen
from twinhull.ops.target import Target


def admin(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="The address of somebody who is registered.")],
    as_json: Json = False,
) -> None:
    """Make somebody an administrator: the first one, or the way back in."""
    screen = Screen(as_json=as_json)
    target: Target = context.obj
    region = appoint(target.cloud, target.looked_up(), email)
    screen.say(f"✓ {email} is an administrator (written in {region}).")
    screen.document({"email": email, "role": "admin", "region": region})
