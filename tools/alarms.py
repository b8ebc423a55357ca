"""Write `docs/alarms.md` from the table of alarms, the templates and the prices."""

import tempfile
import tomllib
from pathlib import Path
from typing import Final

from tools.assembly import Assembly
from tools.idle import PRICES, TAKES, Cost, bill, metrics, total
from twinhull.alarms.burn import BURNS
from twinhull.alarms.row import Row, Share
from twinhull.alarms.rows import ROWS

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "alarms.md"
#: The settings of the smallest deployment that keeps both regions.
LEAN: Final = {"alarms": "lean", "firewall": False}

#: What is written by hand of it.
PARTS: Final = ROOT / "tools" / "parts"


def page(full: Assembly, lean: Assembly) -> str:
    """The page as it should be."""
    head, drills = (PARTS / "alarms-head.txt").read_text(), (PARTS / "alarms-drills.txt").read_text()
    parts = [head, _counts(full, lean), _costs(full, lean), _rows(), _burns(), drills, _left_out()]
    return "\n".join(parts)


def _counts(full: Assembly, lean: Assembly) -> str:
    lines = [
        "## How many there are\n",
        "| settings | stack | alarms | their metrics | composites |",
        "|---|---|---|---|---|",
    ]
    for name, assembly in (("full", full), ("lean", lean)):
        found: dict[str, list[int]] = {}
        for one in assembly.resources("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
            counts = found.setdefault(one.stack, [0, 0, 0])
            if one.type.endswith("CompositeAlarm"):
                counts[2] += 1
            else:
                counts[0] += 1
                counts[1] += metrics(one)
        lines += [f"| {name} | `{stack}` | {_cells(counts)} |" for stack, counts in found.items()]
        sums = [sum(column) for column in zip(*found.values(), strict=True)]
        lines.append(f"| **{name}** | **all** | {_cells(sums)} |")
    return "\n".join(lines) + "\n"


def _cells(values: list[int]) -> str:
    return " | ".join(map(str, values))


def _costs(full: Assembly, lean: Assembly) -> str:
    small = {one.what: one for one in bill(lean)}
    (dear, dear_paid), (cheap, cheap_paid) = total(full), total(lean)
    none = Cost(what="", count=0, dollars=0, paid=0)
    seconds = ", ".join(f"`{name}` {each.seconds} s" for name, each in TAKES.items())
    lines = [
        "## What an idle deployment costs\n",
        "Dollars a month by AWS's list prices, both regions kept, while nobody comes; a test holds *full* "
        "to 45 and *lean* to 5. *Lean* is `alarms = lean` with `firewall = false`. *Left to pay* is without "
        "what AWS gives every account each month for nothing.\n",
        "| what | how many | full | left to pay | lean | left to pay |",
        "|---|---|---|---|---|---|",
    ]
    for one in bill(full):
        few = small.get(one.what, none)
        prices = (one.dollars, one.paid, few.dollars, few.paid)
        lines.append(f"| {one.what} | {_amount(one.count)} | {_dollars(*prices)} |")
    lines.append(f"| **all** | | {_dollars(dear, dear_paid, cheap, cheap_paid)} |")
    costs = (PARTS / "alarms-costs.txt").read_text().replace("{seconds}", seconds)
    return "\n".join(lines) + f"\n\n{costs}\n{_prices()}"


def _prices() -> str:
    lines = [
        "Each price, where it stands, and what it was compared with. AWS's pages fill their prices in when "
        "they are looked at, so that hardly a copy has them; check the page before relying on one.\n",
        "| dollars | for each | free each month | stands at | compared with |",
        "|---|---|---|---|---|",
    ]
    for price in PRICES.values():
        free = f"{price['free']:,}" if "free" in price else ""
        cells = (_exact(price["dollars"]), price["per"], free, price["source"], price["checked"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _amount(count: float) -> str:
    return f"{count:,.0f}" if count >= 100 or count == round(count) else f"{count:.2f}"


def _exact(dollars: float) -> str:
    whole, _, cents = f"{dollars:.10f}".rstrip("0").partition(".")
    return f"{whole}.{cents:0<2}"


def _dollars(*amounts: float) -> str:
    return " | ".join(f"{each:.2f}" for each in amounts)


def _rows() -> str:
    lines = [
        "## The table\n",
        "A platform team changes a row, switches it off or adds one by its name: see "
        "[`Alarms`](constructs/Alarms.md).\n",
        "| alarm | of each | notifies when | datapoints | missing data | severity | lean | runbook | why |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(row) for row in ROWS if row.notifies]
    return "\n".join(lines) + "\n"


def _row(row: Row) -> str:
    cells = (
        f"`{row.name}`",
        row.watches,
        _when(row),
        _often(row),
        row.missing,
        row.severity,
        ("yes" if row.full else "only") if row.lean else "",
        f"[{row.runbook}](runbooks/{row.runbook}.md)",
        row.because,
    )
    return f"| {' | '.join(cells)} |"


def _when(row: Row) -> str:
    threshold = row.threshold
    if isinstance(threshold, Share):
        return row.when.replace("{threshold:g}", f"{threshold.times:g} × {threshold.of}")
    return row.when.format(threshold=threshold)


def _often(row: Row) -> str:
    breaching, of = row.datapoints
    period = row.period
    seconds = f"{period.times:g} × {period.of}" if isinstance(period, Share) else f"{period} s"
    return f"{breaching} of {of} × {seconds}"


def _burns() -> str:
    lines = [
        "## The objective\n",
        "99.9 % of the requests of 30 days are answered without a fault of ours. Each speed at which the "
        "budget may be spent has two alarms that tell nobody, and a composite that tells when both are over "
        "([runbook](runbooks/objective.md)). One more composite, `RegionUnhealthy`, pages for a region as a "
        "whole ([runbook](runbooks/region.md)).\n",
        "| composite | speed | long window | short window | at least so many requests | severity |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `Burn{burn.name}` | {burn.rate:g} × | {burn.long // 60} min | {burn.short // 60} min "
        f"| {burn.floor_long} and {burn.floor_short} | {burn.severity} |"
        for burn in BURNS
    ]
    return "\n".join(lines) + "\n"


def _left_out() -> str:
    lines = [
        "## What AWS recommends and is not here\n",
        "Of the services used, from `tools/aws_metrics.toml`; everything else that AWS recommends for them "
        "is in the table above, which a test checks.\n",
        "| service | metric | why not |",
        "|---|---|---|",
    ]
    services = tomllib.loads((ROOT / "tools" / "aws_metrics.toml").read_text())["service"]
    lines += [
        f"| {service['name']} | `{metric}` | {reason} |"
        for service in services
        for metric, reason in service.get("left_out", {}).items()
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write it."""
    import app
    from stacks.application import Application

    with tempfile.TemporaryDirectory() as full, tempfile.TemporaryDirectory() as lean:
        assemblies = (
            Assembly(app.synthesize(Application(context=context, outdir=folder)))
            for context, folder in (({}, full), (LEAN, lean))
        )
        PAGE.write_text(page(*assemblies))


if __name__ == "__main__":
    main()
