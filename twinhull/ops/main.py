"""The command `twinhull`: its options, its commands, and its exit statuses."""

import sys
from collections.abc import Collection, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Final

import typer

from twinhull.ops import cloud
from twinhull.ops.screen import complain
from twinhull.ops.target import Target
from twinhull.ops.trouble import Exit, TroubleError

#: Each command, and the module of `twinhull.ops.commands` that has a function of its name.
COMMANDS: Final = {
    "status": "status",
    "evacuate": "evacuate",
    "restore": "restore",
    "restore-users": "restore_users",
    "rotate-origin": "rotate_origin",
    "redrive": "redrive",
    "pending": "pending",
    "admin": "admin",
    "drill": "drill",
    "drill-undo": "drill",
}


def application(given: Collection[str] = COMMANDS) -> typer.Typer:
    """The command line; only commands that are named in it are imported, or all if none is."""
    app = typer.Typer(
        name="twinhull",
        help="Operate a deployment in two regions.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(choose)
    for name in [name for name in COMMANDS if name in given] or COMMANDS:
        module = import_module(f"twinhull.ops.commands.{COMMANDS[name]}")
        app.command(name)(getattr(module, name.replace("-", "_")))
    return app


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
    status = int(Exit.OK)
    try:
        application(given)(given, prog_name="twinhull")
    except TroubleError as trouble:
        complain(trouble, as_json="--json" in given)
        status = trouble.status
    except KeyboardInterrupt:
        status = Exit.INTERRUPTED
    except SystemExit as end:
        status = int(end.code or Exit.OK)
    return status
