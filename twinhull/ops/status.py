"""How a deployment is: what each region answers, what is drained, what waits; and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar, cast

from twinhull.ops.asking import Heard
from twinhull.ops.deployment import Deployment, Region
from twinhull.ops.edge import Drained
from twinhull.ops.queues import Counts
from twinhull.ops.releases import Running, differing
from twinhull.ops.trouble import Exit, TroubleError
from twinhull.ops.watching import Look

T = TypeVar("T")


@dataclass(frozen=True)
class Known(Generic[T]):
    """What was found out, or the trouble that prevented it."""

    value: T | None = None
    trouble: TroubleError | None = None

    @property
    def certain(self) -> T:
        """What was found out.

        :raises TroubleError: it was not.
        """
        if self.trouble:
            raise self.trouble
        return cast("T", self.value)


@dataclass(frozen=True, kw_only=True)
class RegionStatus:
    """One region: what its own API answers, what its watchdog saw of the other, what it runs, what waits."""

    region: Region
    ready: Known[Heard]
    watchdog: Known[Look | None]
    functions: Known[dict[str, Running]]
    queues: Known[dict[str, Counts]]

    @property
    def is_ready(self) -> bool | None:
        """None if it could not be asked."""
        heard = self.ready.value
        return None if heard is None else heard.status == 200 and heard.region == self.region.name


@dataclass(frozen=True, kw_only=True)
class Status:
    """The whole: ``findings`` say what is wrong and what to do, ``unknown`` what could not be found out."""

    deployment: Deployment
    page: Heard
    edge: Heard
    drained: Known[Drained]
    regions: tuple[RegionStatus, RegionStatus]

    @property
    def findings(self) -> list[str]:
        """What is wrong, in sentences."""
        return [*self._edge(), *self._drains(), *self._lost(), *self._aside(), *self._apart()]

    @property
    def unknown(self) -> list[str]:
        """What could not be found out, in sentences; each once."""
        troubles = [self.drained.trouble]
        for each in self.regions:
            troubles += [
                each.ready.trouble,
                each.watchdog.trouble,
                each.functions.trouble,
                each.queues.trouble,
            ]
        return list(dict.fromkeys(str(trouble) for trouble in troubles if trouble))

    @property
    def exit(self) -> Exit:
        """What is wrong outweighs what is not known."""
        if self.findings:
            return Exit.ATTENTION
        return Exit.UNKNOWN if self.unknown else Exit.OK

    @property
    def drained_region(self) -> str | None:
        """The region that the store names, whatever it names."""
        return self.drained.value.region if self.drained.value else None

    def _edge(self) -> Iterator[str]:
        if self.page.status != 200:
            yield f"The page does not answer as it should: {self.page.said}."
        if not self.edge.region:
            yield f"A write through the edge reached no region: {self.edge.said}."
        elif self.edge.region == self.drained_region:
            yield f"The edge still sends requests to {self.edge.region}, which is drained."

    def _drains(self) -> Iterator[str]:
        drained = self.drained.value
        if drained is None or drained.region is None:
            return
        if drained.region not in {each.region.name for each in self.regions}:
            yield f"The key-value store names {drained.region}, which is no region: nothing is drained."
            return
        since = f" since {drained.since:%Y-%m-%d %H:%M:%S %Z}" if drained.since else ""
        yield f"{drained.region} is drained{since}: `twinhull restore {drained.region}` when it is well."

    def _lost(self) -> Iterator[str]:
        for each, peer in (self.regions, self.regions[::-1]):
            if each.is_ready is not False or each.ready.value is None:
                continue
            name = each.region.name
            advice = ""
            if self.drained.value and self.drained_region is None and peer.is_ready:
                advice = f" `twinhull evacuate {name}` sends everybody to {peer.region.name}."
            yield f"{name} is not ready: {each.ready.value.said}.{advice}"

    def _aside(self) -> Iterator[str]:
        for each in self.regions:
            for noun, count in (each.queues.value or {}).items():
                if count.dead:
                    place = each.region.name
                    yield (
                        f"{count.dead} messages of {noun} lie aside in {place}: when what they failed at is "
                        f"mended, `twinhull redrive {noun} --region {place}`."
                    )

    def _apart(self) -> Iterator[str]:
        releases = [each.functions.value for each in self.regions if each.functions.value]
        if len(releases) == len(self.regions) and (nouns := differing(releases)):
            names = ", ".join(nouns)
            yield f"The regions run different releases of {names}: deploy one to both (`make deploy`)."

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        drained = self.drained.value
        return {
            "name": self.deployment.name,
            "url": self.deployment.url,
            "known_since": self.deployment.known_since,
            "exit": int(self.exit),
            "findings": self.findings,
            "unknown": self.unknown,
            "drained": drained and drained.region,
            "drained_since": drained and drained.since and drained.since.isoformat(),
            "page": _heard(self.page),
            "edge": _heard(self.edge),
            "regions": [self._region(each) for each in self.regions],
        }

    def _region(self, each: RegionStatus) -> dict[str, Any]:
        region, look = each.region, each.watchdog.value
        return {
            "name": region.name,
            "role": region.role,
            "drained": self.drained_region == region.name if self.drained.value else None,
            "ready": each.is_ready,
            "api": each.ready.value and _heard(each.ready.value),
            "watchdog": {
                "mode": region.watchdog.mode if region.watchdog else "off",
                "looked_at": look and look.at and look.at.isoformat(timespec="seconds"),
                "outcome": look and look.outcome,
                "peer_healthy": look and look.healthy,
            },
            "functions": _plain(each.functions.value),
            "queues": _plain(each.queues.value),
        }


def _heard(heard: Heard) -> dict[str, Any]:
    return {
        "status": heard.status,
        "region": heard.region,
        "seconds": round(heard.seconds, 3),
        "fault": heard.fault,
    }


def _plain(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if found is None else {noun: asdict(each) for noun, each in found.items()}
