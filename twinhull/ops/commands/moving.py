"""What `evacuate` and `restore` show."""

from typing import Literal

from twinhull.ops.drain import Done, Plan, carry_out, plan_evacuation, plan_restoration
from twinhull.ops.screen import Screen
from twinhull.ops.target import Target
from twinhull.ops.trouble import interrupted

_PLANNERS = {"evacuate": plan_evacuation, "restore": plan_restoration}


def move(
    target: Target, do: Literal["evacuate", "restore"], region: str, *, yes: bool, force: bool, as_json: bool
) -> None:
    """Plan, show, ask, do, and tell how long it took."""
    screen = Screen(as_json=as_json)
    with interrupted("nothing was changed."):
        plan = _PLANNERS[do](target.cloud, target.recalled(), region, force=force)
        _show(screen, plan)
        if plan.changes:
            screen.confirm(region, yes=yes)
    done = carry_out(plan, say=screen.say)
    screen.say(_sentence(done))
    screen.document(done.document | {"checks": [{"what": each.what, "ok": each.ok} for each in plan.checks]})


def _show(screen: Screen, plan: Plan) -> None:
    for check in plan.checks:
        screen.say(str(check))
    if not plan.changes:
        state = "drained already" if plan.do == "evacuate" else "not drained"
        screen.say(f"{plan.region.name} is {state}: nothing is written.")
        return
    screen.say()
    for number, step in enumerate(plan.steps, start=1):
        screen.say(f"{number}. {step}" if not step.startswith("Undo") else f"   {step}")
    screen.say()


def _sentence(done: Done) -> str:
    state = f"{done.region} is {'drained' if done.drained else 'not drained'}"
    if done.obeyed_after is None:
        return f"✓ {state}. It fails a check, so the edge cannot show that it obeys."
    return f"✓ {state}, and the edge obeys, as seen from here ({done.obeyed_after:.1f} s)."
