"""Write docs/availability.md from the templates and the last drill on record; `--check` fails if it is stale.

What a request passes is read from the templates, what AWS promises stands here with its page, and what was
measured comes from `docs/drill/last.json`, as `make drill` wrote it.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.assembly import Assembly

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "availability.md"
DRILL: Final = ROOT / "docs" / "drill" / "last.json"
MINUTES: Final = 365 * 24 * 60


@dataclass(frozen=True, kw_only=True)
class Service:
    """What AWS promises of a service in one region (or of a global one), and where it says so."""

    name: str
    promise: float
    page: str
    across_regions: float | None = None


#: Resource type → the service that a request passes with it. What is only read now and then (secrets, the
#: key-value store, which requests can do without) is in no request's way.
SERVICES: Final[Mapping[str, Service]] = {
    "AWS::CloudFront::Distribution": Service(
        name="CloudFront", promise=0.999, page="https://aws.amazon.com/cloudfront/sla/"
    ),
    "AWS::WAFv2::WebACL": Service(name="WAF", promise=0.9995, page="https://aws.amazon.com/waf/sla/"),
    "AWS::ApiGatewayV2::Api": Service(
        name="API Gateway", promise=0.9995, page="https://aws.amazon.com/api-gateway/sla/"
    ),
    "AWS::Lambda::Function": Service(
        name="Lambda", promise=0.9995, page="https://aws.amazon.com/lambda/sla/"
    ),
    "AWS::DynamoDB::GlobalTable": Service(
        name="DynamoDB",
        promise=0.9999,
        across_regions=0.99999,
        page="https://aws.amazon.com/dynamodb/sla/",
    ),
    "AWS::S3::Bucket": Service(name="S3", promise=0.999, page="https://aws.amazon.com/s3/sla/"),
}
EDGE: Final = ("AWS::CloudFront::Distribution", "AWS::WAFv2::WebACL")
API: Final = ("AWS::ApiGatewayV2::Api", "AWS::Lambda::Function")
TABLE: Final = "AWS::DynamoDB::GlobalTable"

#: The part of a region's failures that takes the other one along: a bad release, a mistake in the account.
COMMON: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class Way:
    """The resource types that a request to the API passes, and the regions that can serve it."""

    edge: tuple[str, ...]
    regional: tuple[str, ...]
    regions: tuple[str, ...]

    @classmethod
    def of(cls, assembly: Assembly) -> "Way":
        """Read it from the templates."""
        edge = {one.type for one in assembly.resources(*EDGE, stack="-edge")}
        found: dict[str, set[str]] = {}
        for one in assembly.resources(*API, stack="-compute-"):
            found.setdefault(one.region, set()).add(one.type)
        tables = {
            replica["Region"]
            for one in assembly.resources(TABLE)
            for replica in one.properties["Replicas"]
            if one.properties.get("MultiRegionConsistency") == "STRONG"
        }
        regions = tuple(sorted(region for region, types in found.items() if types >= {*API}))
        assert set(regions) <= tables, "a region serves that has no replica"
        return cls(edge=tuple(kind for kind in EDGE if kind in edge), regional=(*API, TABLE), regions=regions)


CONCLUSIONS: Final = """\
- **The edge caps the whole.** {edge} promise {cap} together, however many regions are behind them.
- **Common causes are what is left.** What reaches both regions at once, a bad release above all, costs
  {costs} a year at {common}: therefore one region is deployed after the other, and bad writes have a
  [runbook](runbooks/recover-bad-writes.md) of their own.
- **The page** itself comes from S3 in both regions, and stays in browsers; it fails over like reads.
- Secrets are kept in each function's memory, and the key-value store that names a drained region counts as
  empty when it cannot be read. Neither is in a request's way; a function that starts needs secrets."""

UNMEASURED: Final = """\
Until `twinhull drill --aws` was run against a real deployment, times of AWS itself are unmeasured: until a
lost region is noticed, until the key-value store has reached every edge, until a table is restored."""


def product(promises: Iterator[float]) -> float:
    """Of what must all work."""
    return math.prod(promises)


def one_region(way: Way) -> float:
    """Everything of one region."""
    return product(SERVICES[kind].promise for kind in way.regional)


def serving(way: Way) -> float:
    """What serves in one region, without the table."""
    return product(SERVICES[kind].promise for kind in way.regional if kind != TABLE)


def regions_together(way: Way, *, common: float = 0.0) -> float:
    """Some region serves, over a table that is in all; ``common`` of a region's failures are of all."""
    fails = 1 - serving(way)
    all_fail = ((1 - common) * fails) ** len(way.regions) + common * fails
    table = SERVICES[TABLE].across_regions
    assert table
    return (1 - all_fail) * table


def behind_the_edge(way: Way, availability: float) -> float:
    """The same, when the edge must work too."""
    return availability * product(SERVICES[kind].promise for kind in way.edge)


def percent(availability: float) -> str:
    """Cut, not rounded up."""
    return f"{math.floor(availability * 1e6) / 1e4:.4f} %"


def minutes(availability: float) -> str:
    """Of a year, in which it may be away."""
    away = (1 - availability) * MINUTES
    return f"{away:.0f} min" if away >= 10 else f"{away:.1f} min"


def page(assembly: Assembly, drill: Mapping[str, Any] | None) -> str:
    """The whole page."""
    return "\n".join([*_promises(Way.of(assembly), assembly), "", *_modes(drill), ""])


def _promises(way: Way, assembly: Assembly) -> Iterator[str]:
    yield "# Availability"
    yield ""
    yield "Generated by `python -m tools.availability` from the templates and the last drill on record."
    yield ""
    yield "## What AWS promises, and what follows"
    yield ""
    yield "A request to the API passes these services, as the templates have them:"
    yield ""
    yield "| service | stacks | promised in a region | promised across regions |"
    yield "|---|---|---|---|"
    for kind in (*way.edge, *way.regional):
        service = SERVICES[kind]
        stacks = sorted({one.stack for one in assembly.resources(kind) if _is_in_the_way(one.stack, kind)})
        across = percent(service.across_regions) if service.across_regions else ""
        names = ", ".join(f"`{stack}`" for stack in stacks)
        yield f"| [{service.name}]({service.page}) | {names} | {percent(service.promise)} | {across} |"
    yield ""
    yield "Promises are no measurements: AWS pays back a part of the bill when it breaks one."
    yield "As probabilities of independent failures they give:"
    yield ""
    yield "| | availability | away in a year |"
    yield "|---|---|---|"
    alone, together = one_region(way), regions_together(way)
    common = regions_together(way, common=COMMON)
    count = len(way.regions)
    rows = [
        ("one region", alone),
        (f"{count} regions, failing independently", together),
        (f"{count} regions, {COMMON:.0%} of whose failures have a common cause", common),
        ("one region, behind the edge", behind_the_edge(way, alone)),
        (f"{count} regions, behind the edge", behind_the_edge(way, together)),
        (f"{count} regions, common causes, behind the edge", behind_the_edge(way, common)),
    ]
    for name, availability in rows:
        yield f"| {name} | {percent(availability)} | {minutes(availability)} |"
    yield ""
    yield CONCLUSIONS.format(
        edge=" and ".join(SERVICES[kind].name for kind in way.edge),
        cap=percent(behind_the_edge(way, 1.0)),
        costs=minutes(1 - (together - common)),
        common=f"{COMMON:.0%}",
    )


def _is_in_the_way(stack: str, kind: str) -> bool:
    """Whether requests pass this stack's resource of a kind: not watchdogs, not helpers of the CDK."""
    return "-compute-" in stack if kind in API else "-edge" in stack if kind in EDGE else True


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
        rto="the restoration of a table, then 25 users at a time",
        measured="logic drilled on one machine (`tests/local/test_restore_users.py`); unmeasured on AWS",
    ),
    Mode(name="the edge is lost", rpo="0", rto="until CloudFront is back"),
    Mode(name="both regions are lost", rpo="0 while a replica is left", rto="until one is back"),
)


def _modes(drill: Mapping[str, Any] | None) -> Iterator[str]:
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


def last_drill() -> Mapping[str, Any] | None:
    """The drill on record, if there is one."""
    if not DRILL.exists():
        return None
    recorded: Mapping[str, Any] = json.loads(DRILL.read_text())
    return recorded


def main() -> int:
    """Write the page, or say that it is stale."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CDK_OUTDIR": folder, "CDK_VALIDATION": "false"}
        subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, check=True)
        fresh = page(Assembly(Path(folder)), last_drill())
    if PAGE.exists() and PAGE.read_text() == fresh:
        return 0
    if "--check" in sys.argv:
        print("stale: run python -m tools.availability")
        return 1
    PAGE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
