"""What AWS promises of the services that a request passes, and what follows for the whole."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tools.assembly import Assembly

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


def section(assembly: Assembly) -> Iterator[str]:
    """The section about promises."""
    way = Way.of(assembly)
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
