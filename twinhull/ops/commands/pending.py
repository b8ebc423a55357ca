"""`twinhull pending`."""

import typer

from twinhull.ops.function import call_any
from twinhull.ops.screen import Json, Screen
from twinhull.ops.target import Target
from twinhull.ops.trouble import TroubleError

COUNTED = ("notices", "uploads", "due")


def pending(context: typer.Context, as_json: Json = False) -> None:
    """Count what waits: notices that are not sent, uploads that are not finished, and all that is due now."""
    screen = Screen(as_json=as_json)
    target: Target = context.obj
    region, answer = call_any(target.cloud, target.recalled(), {"do": "pending"})
    if not answer["ok"]:
        raise TroubleError(str(answer["code"]), f"{region} did not count ({answer['code']}).")
    counts = {name: int(answer[name]) for name in COUNTED}
    screen.say(
        f"{counts['notices']} notices are not sent, {counts['uploads']} uploads not finished, "
        f"{counts['due']} items are due (counted in {region})."
    )
    screen.document({**counts, "region": region})
