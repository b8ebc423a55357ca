"""What is lost when something fails, and for how long: as expected, and as the last drill measured it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

UNMEASURED: Final = """\
Until `twinhull drill --aws` was run against a real deployment, times of AWS itself are unmeasured: until a
lost region is noticed, until the key-value store has reached every edge, until a table is restored."""


@dataclass(frozen=True, kw_only=True)
class Mode:
    """A way in which something fails: its state in the drill, if it is drilled, and what is expected."""

    name: str
    rpo: str
    rto: str
    state: str | None = None
    measured: str = ""


LOST: Final = "reads: none (fail over inside the request); writes: one retry of the client"
MODES: Final = (
    Mode(name="a region refuses connections", state="refuse", rpo="0", rto=LOST),
    Mode(name="a region answers errors", state="error", rpo="0", rto=LOST),
    Mode(name="a region throttles", state="throttle", rpo="0", rto=LOST),
    Mode(
        name="a region is silent",
        state="blackhole",
        rpo="0",
        rto="reads: 3 s each until it is drained; writes: 5 s and one retry",
    ),
    Mode(
        name="a region executes and its answers are lost",
        state="mute",
        rpo="0, nothing doubled",
        rto="as when it is silent",
    ),
    Mode(
        name="an operator drains a healthy region",
        state="evacuated",
        rpo="0",
        rto="none",
    ),
    Mode(
        name="one region's replica of the table is cut off",
        rpo="0: writes need two of three places",
        rto="as when a region answers errors: strong reads fail there",
    ),
    Mode(
        name="bad writes",
        rpo="nothing that people did; the bad writes are taken back",
        rto="the restoration of a table, then ten users or uploads at a time",
        measured="logic drilled on one machine (`tests/local/test_restore_users.py`); unmeasured on AWS",
    ),
    Mode(name="the edge is lost", rpo="0", rto="until CloudFront is back"),
    Mode(name="both regions are lost", rpo="0 while a replica is left", rto="until one is back"),
)


def section(drill: Mapping[str, Any] | None) -> Iterator[str]:
    """The section about failures; ``drill`` is what `make drill` wrote."""
    yield "## What is lost, and for how long"
    yield ""
    if drill is None:
        yield "No drill is on record: run `make drill` and keep its `drill.json` as `docs/drill/last.json`."
    else:
        totals = drill["totals"]
        yield (
            f"The last drill on record: {drill['at']}, {_where(drill)}, {drill['cores']} cores, "
            f"{_count(totals['reads']['tried'])} reads and {_count(totals['writes']['tried'])} writes in "
            f"{drill['seconds']:.0f} s; {_count(totals['acknowledged'])} acknowledged writes read back: "
            f"{totals['lost']} lost, {totals['doubled']} doubled, {totals['duplicates']} duplicate accounts."
        )
    yield ""
    yield "RPO: what of that which was acknowledged is lost. RTO: how long somebody cannot do what he wants."
    yield ""
    yield "| what fails | RPO | RTO | measured |"
    yield "|---|---|---|---|"
    for mode in MODES:
        yield f"| {mode.name} | {mode.rpo} | {mode.rto} | {_measured(mode, drill)} |"
    yield ""
    yield UNMEASURED


def _measured(mode: Mode, drill: Mapping[str, Any] | None) -> str:
    phases = [] if drill is None else [one for one in drill["phases"] if _is_of(one, mode)]
    if mode.measured or not phases:
        return mode.measured or "unmeasured on AWS"
    assert drill is not None
    reads, writes = ([one[kind] for one in phases] for kind in ("reads", "writes"))
    slowest = max((one["slowest"] or 0 for one in (*reads, *writes)), default=0)
    where = "by drill on AWS" if drill["where"] == "aws" else "by drill on one machine; unmeasured on AWS"

    def total(figures: list[Any], name: str) -> str:
        return _count(sum(one[name] for one in figures))

    return (
        f"{where}: of {total(reads, 'tried')} reads {total(reads, 'failed')} failed, of "
        f"{total(writes, 'tried')} writes {total(writes, 'failed_first')} before and "
        f"{total(writes, 'failed')} after the retry; slowest {slowest:.1f} s"
    )


def _is_of(phase: Mapping[str, Any], mode: Mode) -> bool:
    if phase["kind"] == "evacuated":
        return mode.state == "evacuated"
    return bool(phase["kind"] == "lost" and phase["state"] == mode.state)


def _where(drill: Mapping[str, Any]) -> str:
    return "on AWS" if drill["where"] == "aws" else f"on one machine ({drill['machine']})"


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")
