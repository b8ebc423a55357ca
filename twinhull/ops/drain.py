"""Keeping requests away from a region, and letting them in again.

Only data planes are asked: the APIs, their table, Secrets Manager, CloudFront's key-value store, the edge.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from twinhull.ops.ability import Check, checks
from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment, Region
from twinhull.ops.edge import Drained, Store, ask_edge
from twinhull.ops.trouble import Exit, TroubleError, UnreachableError

PATIENCE: Final = 60.0
"""Seconds for the edge to obey; AWS says that a change of the store arrives within seconds."""

IN_A_ROW: Final = 5
"""Answers as expected, each over a new connection, before the edge is taken to obey."""

PAUSE: Final = 0.2
ROUNDS: Final = 5

Say = Callable[[str], None]


def _say_nothing(_: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What `carry_out` will do; ``checks`` is what was looked at before.

    ``changes`` is False when all is so already; ``certain`` is False when the region that requests are to
    reach again fails a check, so that the edge cannot show that it sends them there.
    """

    cloud: Cloud
    deployment: Deployment
    do: Literal["evacuate", "restore"]
    region: Region
    checks: Sequence[Check]
    changes: bool
    certain: bool = True

    @property
    def peer(self) -> Region:
        """The other region."""
        return self.deployment.peer(self.region.name)

    @property
    def steps(self) -> list[str]:
        """What will happen, in words."""
        if self.do == "evacuate":
            return [
                f"CloudFront's key-value store is told that {self.region.name} is drained.",
                f"Within seconds new requests go to {self.peer.name}; those under way end where they are.",
                f"Undo: twinhull restore {self.region.name}",
            ]
        return [
            f"CloudFront's key-value store is told that {self.region.name} is drained no longer.",
            "Within seconds requests go to the nearest region again.",
            f"Undo: twinhull evacuate {self.region.name}",
        ]


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done: whether the store was ``changed``, and after how many seconds.

    ``obeyed_after`` is when the edge was seen to obey, from here; None if that could not be seen.
    """

    region: str
    peer: str
    drained: bool
    changed: bool
    written_after: float
    obeyed_after: float | None

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "region": self.region,
            "peer": self.peer,
            "drained": self.drained,
            "changed": self.changed,
            "seconds": {"written": _rounded(self.written_after), "obeyed": _rounded(self.obeyed_after)},
        }


def evacuate(
    cloud: Cloud, deployment: Deployment, region: str, *, force: bool = False, say: Say = _say_nothing
) -> Done:
    """Let the edge send every new request to the other region, and wait until it does.

    Doing it again changes nothing.

    :param force: although the other region fails a check.
    :raises TroubleError: it is refused, or it cannot be done, or the edge does not obey in time.
    """
    return carry_out(plan_evacuation(cloud, deployment, region, force=force), say=say)


def restore(
    cloud: Cloud, deployment: Deployment, region: str, *, force: bool = False, say: Say = _say_nothing
) -> Done:
    """Let the edge send requests to a region again, and wait until it does. Doing it again changes nothing.

    :param force: although the region itself fails a check.
    :raises TroubleError: it is refused, or it cannot be done, or the edge does not obey in time.
    """
    return carry_out(plan_restoration(cloud, deployment, region, force=force), say=say)


def plan_evacuation(cloud: Cloud, deployment: Deployment, region: str, *, force: bool = False) -> Plan:
    """Look whether the other region can carry everything.

    :raises TroubleError: it cannot, or it is drained itself.
    """
    leaving, peer = deployment.region(region), deployment.peer(region)
    store = Store(cloud, deployment).read()
    changes = _is_needed("evacuate", deployment, leaving, store)
    found = list(checks(cloud, deployment, peer)) if changes else []
    _refuse(found, f"{leaving.name} is not drained: {peer.name} could not carry everything.", force=force)
    return Plan(
        cloud=cloud, deployment=deployment, do="evacuate", region=leaving, checks=found, changes=changes
    )


def plan_restoration(cloud: Cloud, deployment: Deployment, region: str, *, force: bool = False) -> Plan:
    """Look whether a region can serve again.

    :raises TroubleError: it cannot.
    """
    returning = deployment.region(region)
    changes = _is_needed("restore", deployment, returning, Store(cloud, deployment).read())
    found = list(checks(cloud, deployment, returning))
    _refuse(found, f"{returning.name} stays drained: it could not serve.", force=force or not changes)
    return Plan(
        cloud=cloud,
        deployment=deployment,
        do="restore",
        region=returning,
        checks=found,
        changes=changes,
        certain=all(check.ok for check in found),
    )


def carry_out(plan: Plan, *, say: Say = _say_nothing, patience: float = PATIENCE) -> Done:
    """Do what was planned, and wait until the edge obeys.

    :param patience: seconds for the edge.
    :raises TroubleError: it cannot be done, the edge does not obey in time, or Ctrl-C was pressed; the
        sentence says what state things are in.
    """
    started = time.monotonic()
    progress = _Progress(plan)
    try:
        changed = _write(plan, progress)
        written = time.monotonic() - started
        if changed:
            say(f"✓ written to the key-value store after {written:.1f} s")
        obeyed = _wait(plan, started, patience) if plan.certain else None
    except KeyboardInterrupt:
        raise TroubleError("interrupted", progress.sentence, Exit.INTERRUPTED) from None
    return Done(
        region=plan.region.name,
        peer=plan.peer.name,
        drained=plan.do == "evacuate",
        changed=changed,
        written_after=written,
        obeyed_after=obeyed,
    )


@dataclass
class _Progress:
    """How far it went, for whoever interrupts it."""

    plan: Plan
    stage: Literal["before", "writing", "written"] = "before"

    @property
    def sentence(self) -> str:
        plan, name = self.plan, self.plan.region.name
        again = f"`twinhull {plan.do} {name}` again goes on"
        undo = f"`twinhull {'restore' if plan.do == 'evacuate' else 'evacuate'} {name}` undoes it"
        if self.stage == "before":
            return "Interrupted: nothing was changed."
        if self.stage == "writing":
            doubt = f"`twinhull status` says whether {name} is drained"
            return f"Interrupted while writing: {doubt}; {again}, {undo}."
        state = "drained" if plan.do == "evacuate" else "drained no longer"
        return f"Interrupted: {name} is {state}, but the edge was not yet seen to obey; {again}, {undo}."


def _write(plan: Plan, progress: _Progress) -> bool:
    """Whether the store was changed by this; what it says is judged anew in each round."""
    store = Store(plan.cloud, plan.deployment)
    unclear: UnreachableError | None = None
    for _ in range(ROUNDS):
        try:
            seen = store.read()
        except UnreachableError as trouble:
            raise _unknown(plan, trouble) if unclear else trouble from None
        if not _is_needed(plan.do, plan.deployment, plan.region, seen):
            progress.stage = "written"
            return unclear is not None
        progress.stage = "writing"
        try:
            if plan.do == "evacuate":
                written = store.drain(plan.region.name, seen.version)
            else:
                written = store.clear(seen.version)
        except UnreachableError as trouble:
            unclear = trouble
            continue
        if written:
            progress.stage = "written"
            return True
    if unclear:
        raise _unknown(plan, unclear)
    raise TroubleError(
        "store-changes",
        f"Others changed the key-value store {ROUNDS} times meanwhile; nothing was written: run it again.",
    )


def _unknown(plan: Plan, trouble: UnreachableError) -> TroubleError:
    return TroubleError(
        "unclear",
        f"It is not known whether {plan.region.name} was {_past(plan)}. {trouble} Run it again until it "
        "succeeds; meanwhile reads fail over by themselves, and clients repeat their writes.",
        Exit.UNKNOWN,
    )


def _past(plan: Plan) -> str:
    return "drained" if plan.do == "evacuate" else "restored"


def _is_needed(do: str, deployment: Deployment, region: Region, store: Drained) -> bool:
    """Whether the store does not say yet what it shall."""
    if do == "restore":
        return store.region == region.name
    if store.region == deployment.peer(region.name).name:
        raise TroubleError(
            "peer-drained",
            f"{store.region} is drained, and one region must serve: `twinhull restore {store.region}` first.",
        )
    return store.region != region.name


def _refuse(found: Sequence[Check], sentence: str, *, force: bool) -> None:
    failed = [check.what for check in found if not check.ok]
    if failed and not force:
        raise TroubleError(
            "not-able", f"{sentence} {'. '.join(failed).rstrip('.')}. --force does it nevertheless."
        )


def _wait(plan: Plan, started: float, patience: float) -> float:
    """Seconds from the start until requests that ask for the region arrive where they now should."""
    expected = (plan.peer if plan.do == "evacuate" else plan.region).name
    deadline = time.monotonic() + patience
    right, first = 0, 0.0
    while True:
        heard = ask_edge(plan.cloud, plan.deployment, avoid=plan.peer.name)
        if heard.region == expected:
            first = first if right else time.monotonic() - started
            right += 1
            if right == IN_A_ROW:
                return first
            continue
        right = 0
        if time.monotonic() >= deadline:
            raise TroubleError(
                "not-obeyed",
                f"{plan.region.name} is {_past(plan)} in the key-value store, but after {patience:.0f} s the "
                f"edge does not obey, as seen from here ({heard.said}). The same command goes on waiting.",
            )
        time.sleep(PAUSE)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
