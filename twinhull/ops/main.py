"""The command `twinhull`: its options, its commands, and its exit statuses."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from twinhull.ops import cloud
from twinhull.ops.commands.admin import admin
from twinhull.ops.commands.drill import drill, drill_undo
from twinhull.ops.commands.evacuate import evacuate
from twinhull.ops.commands.redrive import redrive
from twinhull.ops.commands.restore import restore
from twinhull.ops.commands.restore_users import restore_users
from twinhull.ops.commands.rotate_origin import rotate_origin
from twinhull.ops.commands.status import status
from twinhull.ops.screen import complain
from twinhull.ops.target import Target
from twinhull.ops.trouble import Exit, TroubleError

app = typer.Typer(
    name="twinhull",
    help="Operate a deployment in two regions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
COMMANDS = (
    status,
    evacuate,
    restore,
    restore_users,
    rotate_origin,
    redrive,
    admin,
    drill,
    drill_undo,
)
for command in COMMANDS:
    app.command()(command)


@app.callback()
def choose(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Option(envvar="TWINHULL_NAME", help="The deployment; else that of ./cdk.json."),
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="The one that `make up` serves, not AWS.")] = False,
    port: Annotated[int, typer.Option(envvar="PORT", help="Of the local page.")] = 8080,
    outputs: Annotated[
        Path | None,
        typer.Option(help="What `cdk deploy --outputs-file` wrote, for when CloudFormation cannot be asked."),
    ] = None,
) -> None:
    """Operate a deployment in two regions.

    Exit status: 0 well · 1 something is down or drained, or was refused · 2 the command line is wrong ·
    3 AWS could not be asked, or knows no such deployment.
    """
    make = partial(cloud.local, port) if local else cloud.aws
    context.obj = Target(name=name, make_cloud=make, outputs=outputs, port=port)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(given, prog_name="twinhull")
    except TroubleError as trouble:
        complain(trouble, as_json="--json" in given)
        return trouble.status
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except SystemExit as end:
        return int(end.code or 0)
    return Exit.OK
