"""The result as a picture: how long each read and write took, with the losses behind them."""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from twinhull.ops.drill.calls import Call
from twinhull.ops.drill.result import Result

WIDTH: Final = 1100
PANEL: Final = 190
LEFT: Final = 52
TOP: Final = 96
GAP: Final = 46

#: Seconds at the top of a panel: a write that is given up and repeated takes a little over five.
CEILING: Final = 8.0

SHADES: Final = {
    "lost": "#f3c6c0", "drained": "#f7e3b5", "evacuated": "#f7e3b5", "back": "#d8ecd2", "calm": "#ffffff"
}  # fmt: skip
DOTS: Final = {"read": "#1f5fa8", "write": "#5b2a86"}
FAILED: Final = "#c00000"


def chart(result: Result) -> str:
    """A standalone SVG document."""
    start, end = result.phases[0].began, max(phase.ended for phase in result.phases)
    scale = (WIDTH - LEFT - 12) / (end - start)
    height = TOP + 2 * PANEL + GAP + 64
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            'font-family="system-ui, sans-serif" font-size="12">',
            f"<title>{escape(_title(result))}</title>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="{LEFT}" y="18" font-size="14">{escape(_title(result))}</text>',
            *_panel(result, "read", TOP, start, scale),
            *_panel(result, "write", TOP + PANEL + GAP, start, scale),
            *_legend(height - 12),
            "</svg>\n",
        ]
    )


def _title(result: Result) -> str:
    totals = result.document["totals"]
    return (
        f"{totals['reads']['tried']} reads and {totals['writes']['tried']} writes while regions were lost: "
        f"{totals['reads']['failed']} and, after one retry, {totals['writes']['failed']} failed, "
        f"{totals['lost']} lost, {totals['doubled']} doubled ({result.about['cores']} cores)"
    )


def _panel(result: Result, kind: str, top: float, start: float, scale: float) -> Iterator[str]:
    bottom = top + PANEL
    for phase in result.phases:
        x, width = LEFT + (phase.began - start) * scale, (phase.ended - phase.began) * scale
        shade = SHADES[phase.step.kind]
        yield f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{PANEL}" fill="{shade}"/>'
        if phase.step.kind in {"lost", "evacuated"} and kind == "read":
            yield (
                f'<text x="{x + 2:.1f}" y="{top - 5}" font-size="9" '
                f'transform="rotate(-28 {x + 2:.1f} {top - 5})">{escape(phase.step.name)}</text>'
            )
    yield f'<text x="{LEFT}" y="{bottom + 14}">{kind}s: seconds, with the retry</text>'
    for second in range(0, int(CEILING) + 1, 2):
        y = bottom - second / CEILING * PANEL
        yield f'<line x1="{LEFT}" x2="{WIDTH - 12}" y1="{y:.1f}" y2="{y:.1f}" stroke="#cccccc"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{second}</text>'
    for call in result.calls:
        if call.kind == kind:
            yield _dot(call, LEFT + (call.began - start) * scale, bottom)


def _dot(call: Call, x: float, bottom: float) -> str:
    y = bottom - min(call.seconds, CEILING) / CEILING * PANEL
    failed = call.promised and not call.ok
    radius, colour = (3.5, FAILED) if failed else (1.4, DOTS[call.kind])
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}" fill-opacity="0.6"/>'


def _legend(y: float) -> Iterator[str]:
    x = LEFT
    for kind, words in (("lost", "lost"), ("drained", "drained"), ("back", "back")):
        yield f'<rect x="{x}" y="{y - 10}" width="14" height="12" fill="{SHADES[kind]}" stroke="#999999"/>'
        yield f'<text x="{x + 20}" y="{y}">{words}</text>'
        x += 110
    yield f'<circle cx="{x + 7}" cy="{y - 4}" r="3.5" fill="{FAILED}"/>'
    yield f'<text x="{x + 20}" y="{y}">failed</text>'
