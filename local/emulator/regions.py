"""What the emulator knows of the world before it: where each region is reached, and whether it is up.

It is told by the file `regions.json` in its home, `{region: {"front": url, "up": bool, "answers": bool}}`,
which whoever serves the regions replaces at each change. Of a region that is not in it nothing is known, so
it is not up.

A region that is down starts nothing by itself: its schedules do not fire, no function takes from its queues,
and nothing is copied from or to its buckets.
"""

import json
from pathlib import Path
from typing import Any

from ministack.core.responses import get_region
from ministack.services import eventbridge, sqs

from local.addresses import reachable

FILE = "regions.json"
SCHEDULES = frozenset({"aws.events", "aws.scheduler"})


class Regions:
    """The content of the file, read again at each question: it is small, and questions are few."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE

    def is_up(self, region: str) -> bool:
        """Whether a region serves."""
        return bool(self._read().get(region, {}).get("up"))

    def answers(self, region: str) -> bool:
        """Whether a region answers, or is not known to be served at all."""
        return bool(self._read().get(region, {}).get("answers", True))

    def reachable(self, text: str) -> str:
        """A text with the addresses of the regions' APIs and buckets as they are reached on this machine."""
        fronts = {name: str(one["front"]) for name, one in self._read().items() if "front" in one}
        return reachable(text, fronts)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            regions: dict[str, dict[str, Any]] = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        return regions


def install(regions: Regions) -> None:
    """Let schedules of a region fire, and functions take from its queues, only while it is up."""
    invoke = eventbridge._invoke_target
    receive = sqs._receive_messages_for_esm

    def invoke_if_up(target: Any, event: dict[str, Any], *others: Any) -> Any:
        if event.get("Source") in SCHEDULES and not regions.is_up(get_region()):
            return None
        return invoke(target, event, *others)

    def receive_if_up(queue: str, at_most: int) -> Any:
        return receive(queue, at_most) if regions.is_up(get_region()) else []

    eventbridge._invoke_target = invoke_if_up
    sqs._receive_messages_for_esm = receive_if_up
