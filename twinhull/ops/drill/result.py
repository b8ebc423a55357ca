"""What a drill found: the promises, kept or broken, and everything as JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from twinhull.ops.drill.calls import Call, Figures, percentile, rounded
from twinhull.ops.drill.judge import Verdict
from twinhull.ops.drill.plan import Step

#: Of the JSON; a reader refuses another one.
SCHEMA: Final = 1

#: Seconds: what the edge waits for a silent region, and a second.
SILENT_READ: Final = 4.0

#: Seconds in which a drain acts on all new requests.
DRAIN: Final = 5.0

#: Seconds by which a drained region may slow reads down.
NORMAL: Final = 1.0

#: Seconds after which the edge takes a region for silent.
EDGE_WAITS: Final = 3.0

SILENT: Final = frozenset({"blackhole", "mute"})

#: Failures and findings in the JSON; a broken rule can make thousands.
SHOWN: Final = 50


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A step as it was: on the clock of `time.monotonic`; ``changed`` is when the step's change was made."""

    step: Step
    began: float
    changed: float
    ended: float
    calls: Sequence[Call]

    def of(self, kind: str) -> list[Call]:
        """The calls of one kind that began in it."""
        return [call for call in self.calls if call.kind == kind]

    @property
    def recovered_after(self) -> float | None:
        """Seconds from the loss until a read and a write that were sent after it had succeeded."""
        if self.step.kind != "lost":
            return None
        firsts = [
            min(
                (call.ended for call in self.of(kind) if call.ok and call.began >= self.changed), default=None
            )
            for kind in ("read", "write")
        ]
        return None if None in firsts else max(each for each in firsts if each is not None) - self.changed

    @property
    def obeyed_after(self) -> float | None:
        """Seconds from the writing of a drain until the last call began that still met the region."""
        if self.step.kind not in {"drained", "evacuated"}:
            return None
        met = [call.began for call in self.calls if _met(call, self.step)]
        return max(0.0, max(met, default=self.changed) - self.changed)

    @property
    def reads_once_drained(self) -> float | None:
        """p99 of the reads that began after the drain acted."""
        if self.step.kind != "drained":
            return None
        acts = self.changed + (self.obeyed_after or 0)
        return percentile(sorted(call.seconds for call in self.of("read") if call.began > acts), 99)

    def document(self, start: float) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.step.name,
            "kind": self.step.kind,
            "region": self.step.region,
            "state": self.step.state,
            "began": rounded(self.began - start),
            "seconds": rounded(self.ended - self.began),
            "reads": Figures.of(self.of("read")).document,
            "writes": Figures.of(self.of("write")).document,
            "recovered_after": rounded(self.recovered_after),
            "obeyed_after": rounded(self.obeyed_after),
        }


@dataclass(frozen=True, kw_only=True)
class Promise:
    """``kept`` is None when there was nothing to measure."""

    name: str
    limit: float
    value: float | None
    unit: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether the value is within the limit."""
        return None if self.value is None else self.value <= self.limit

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "limit": rounded(self.limit),
            "value": rounded(self.value),
            "unit": self.unit,
            "kept": self.kept,
        }


@dataclass(frozen=True, kw_only=True)
class Result:
    """A drill that came to its end."""

    about: dict[str, Any]
    phases: Sequence[Phase]
    verdict: Verdict
    acknowledged: int
    accounts: int
    slack: float

    @property
    def calls(self) -> list[Call]:
        """All of them."""
        return [call for phase in self.phases for call in phase.calls]

    @property
    def promises(self) -> list[Promise]:
        """What is measured against what; ``slack`` is added to what is promised in seconds."""
        reads, writes = self._figures("read"), self._figures("write")
        silent = [p for p in self.phases if p.step.kind == "lost" and p.step.state in SILENT]
        calm = _p99(call for p in self.phases if p.step.kind == "calm" for call in p.of("read"))
        return [
            Promise(name="reads failed", limit=0, value=reads.failed),
            Promise(name="writes failed after one retry", limit=0, value=writes.failed),
            Promise(name="acknowledged writes lost", limit=0, value=self.verdict.count("lost")),
            Promise(name="writes doubled", limit=0, value=self.verdict.count("doubled")),
            Promise(name="duplicate accounts", limit=0, value=self.verdict.count("duplicate")),
            Promise(
                name="p99 of reads while a region is silent, before a drain",
                limit=SILENT_READ + self.slack,
                value=_p99(call for phase in silent for call in phase.of("read")),
                unit="s",
            ),
            Promise(
                name="p99 of reads once it is drained",
                limit=(calm or 0) + NORMAL + self.slack,
                value=max((p.reads_once_drained for p in self.phases if p.reads_once_drained), default=None),
                unit="s",
            ),
            Promise(
                name="a drain acts on all new requests after",
                limit=DRAIN + self.slack,
                value=max((p.obeyed_after for p in self.phases if p.obeyed_after is not None), default=None),
                unit="s",
            ),
        ]

    @property
    def broken(self) -> list[Promise]:
        """The promises that were not kept."""
        return [promise for promise in self.promises if promise.kept is False]

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        start = self.phases[0].began
        return {
            "schema": SCHEMA,
            **self.about,
            "slack": self.slack,
            "seconds": rounded(self.phases[-1].ended - start),
            "kept": not self.broken,
            "promises": [promise.document for promise in self.promises],
            "totals": {
                "reads": self._figures("read").document,
                "writes": self._figures("write").document,
                "accounts": self.accounts,
                "acknowledged": self.acknowledged,
                "lost": self.verdict.count("lost"),
                "doubled": self.verdict.count("doubled"),
                "duplicates": self.verdict.count("duplicate"),
            },
            "phases": [phase.document(start) for phase in self.phases],
            "failures": [
                {"phase": phase.step.name, **call.document}
                for phase in self.phases
                for call in phase.calls
                if call.promised and not call.ok
            ][:SHOWN],
            "findings": [vars(finding) for finding in self.verdict.findings[:SHOWN]],
        }

    def _figures(self, kind: str) -> Figures:
        return Figures.of(call for call in self.calls if call.kind == kind)


def _met(call: Call, step: Step) -> bool:
    """Whether a call reached, or waited for, the region that is drained."""
    if call.attempts[0].region == step.region or call.failed_first:
        return True
    return call.kind == "read" and step.state in SILENT and call.seconds >= EDGE_WAITS


def _p99(calls: Iterable[Call]) -> float | None:
    return percentile(sorted(call.seconds for call in calls), 99)
