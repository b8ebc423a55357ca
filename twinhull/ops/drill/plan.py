"""The steps of a drill, and how its time is shared among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["calm", "lost", "drained", "evacuated", "back"]

#: Shares of the time: a loss must outlast what a black hole makes a read wait.
SHARES: Final[dict[Kind, float]] = {"calm": 3, "lost": 3, "drained": 2, "evacuated": 2, "back": 1}


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that lasts: ``lost`` without a drain, ``drained`` while lost, ``evacuated`` while healthy."""

    kind: Kind
    seconds: float
    region: str | None = None
    state: str | None = None

    @property
    def name(self) -> str:
        """For people."""
        words = {
            "calm": "calm",
            "lost": f"{self.region} {self.state}",
            "drained": f"{self.region} {self.state}, drained",
            "evacuated": f"{self.region} evacuated",
            "back": f"{self.region} back",
        }
        return words[self.kind]


def steps(*, seconds: float, regions: Sequence[str], states: Sequence[str]) -> list[Step]:
    """Each state of each region, one of them with a drain, then an evacuation of the healthy region."""
    planned: list[tuple[Kind, str | None, str | None]] = [("calm", None, None)]
    drained = "blackhole" if "blackhole" in states else states[-1] if states else None
    for region in regions:
        for state in states:
            planned.append(("lost", region, state))
            if state == drained:
                planned.append(("drained", region, state))
            planned.append(("back", region, state))
        planned.append(("evacuated", region, None))
        planned.append(("back", region, None))
    unit = seconds / sum(SHARES[kind] for kind, _, _ in planned)
    return [
        Step(kind=kind, seconds=SHARES[kind] * unit, region=region, state=state)
        for kind, region, state in planned
    ]
