"""`twinhull rotate-origin`."""

from typing import Annotated, Any, Literal

import typer

from twinhull.ops.rotation import Rotation, State, refuse_unless_next
from twinhull.ops.screen import Json, Screen, Yes
from twinhull.ops.target import Target
from twinhull.ops.trouble import interrupted


def rotate_origin(
    context: typer.Context,
    step: Annotated[
        Literal["add", "retire"] | None, typer.Option(help="Refuse if this is not what is to be done next.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Replace the secret by which the APIs know CloudFront, step by step; run it again after each."""
    screen = Screen(as_json=as_json)
    target: Target = context.obj
    with interrupted("nothing was changed."):
        deployment = target.looked_up()
        rotation = Rotation(target.cloud, deployment, screen.say)
        seen = rotation.look()
        refuse_unless_next(seen, step)
        _show(screen, seen)
    if seen.step == "retire":
        rotation.verify(seen)
        _confirm(screen, deployment.name, yes=yes)
        rotation.retire(seen)
        screen.say(f"✓ The rotation is complete: the secret holds {seen.coming} alone.")
        screen.document(_document("done", seen))
        return
    if seen.step == "add":
        _confirm(screen, deployment.name, yes=yes)
        seen = rotation.add(seen)
    rotation.spread(seen)
    deploy = _how_to_deploy(deployment.name, seen.coming, is_local=target.cloud.is_local)
    for line in ("", "Now let CloudFront send it:", *deploy, "then run `twinhull rotate-origin` again."):
        screen.say(line)
    screen.document(_document("switch", seen) | {"deploy": deploy})


def _show(screen: Screen, seen: State) -> None:
    sent = seen.sent or "a value that no region accepts"
    screen.say(f"The secret holds {' and '.join(sorted(seen.secret.values))}; CloudFront sends {sent}.")
    steps = {
        "add": f"Next: a new value {seen.coming}, and waiting until every region accepts it.",
        "switch": f"Next: waiting until every region accepts {seen.coming}, so that the edge may send it.",
        "retire": f"Next: seeing that {seen.coming} is sent everywhere, and taking the earlier value out.",
    }
    screen.say(steps[seen.step])
    screen.say()


def _confirm(screen: Screen, name: str, *, yes: bool) -> None:
    with interrupted("nothing was changed."):
        screen.confirm(name, yes=yes)


def _how_to_deploy(name: str, key: str, *, is_local: bool) -> list[str]:
    setting = f'  set "origin_key": "{key}" in the block `twinhull` of cdk.json,'
    if is_local:
        return [setting, "  stop `make up` and start it again,"]
    command = f'PATH="$PWD/.venv/bin:$PATH" node_modules/.bin/cdk deploy -e {name}-edge'
    return [setting, f"  {command}", "  (it says that the distribution changes, and nothing else),"]


def _document(step: str, seen: State) -> dict[str, Any]:
    return {"step": step, "origin_key": seen.coming, "sent": seen.sent}
