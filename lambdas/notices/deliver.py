"""Sending a notice: at least once, whoever is killed at whatever moment.

Lease → send → remove from the outbox, each write on the condition that nothing has changed meanwhile. Whoever
dies on the way leaves a lease that ends, and a sweep that finds it. A notice is doubled only when SES has
accepted it and its removal was not written.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol
from uuid import uuid4

from notices.courier import Reference
from notices.model import Notice
from telemetry.metrics import count

#: Longer than the notifier may run, so that a lease ends after whoever holds it.
LEASE: Final = timedelta(minutes=1)

#: After a failure the next attempt waits a minute, then two and so on, up to an hour.
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)

#: Without a sender, notices are looked at once a day: there may be one meanwhile.
HELD: Final = timedelta(days=1)

#: As long as the longest link lives. Nobody needs to hear of what is longer ago.
KEPT: Final = timedelta(days=30)

#: How often the removal of a notice that was sent is tried.
REMOVALS: Final = 3

#: `gone`: it was sent or replaced before; `early`: somebody else is at it, or it is to wait; `held`: there is
#: no sender; `unwanted`: nobody needs it any more.
Outcome = Literal["sent", "gone", "early", "held", "unwanted", "failed"]


class Outboxes(Protocol):
    """The outboxes of all items."""

    def revise(self, reference: Reference, decide: Callable[[Notice], Notice | None]) -> Notice | None:
        """Apply ``decide`` to a notice, read strongly; None removes it.

        What is there then: None if there is no such notice, or no longer.
        """


class Sender(Protocol):
    """Writes a notice and hands it to the post."""

    def send(self, reference: Reference, notice: Notice) -> bool:
        """Send it; False when nobody needs it any more. It raises whatever keeps it from being sent."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one notice, and the fault that kept it from being sent."""

    outcome: Outcome
    notice: Notice | None = None
    fault: Exception | None = None


@dataclass(frozen=True, kw_only=True)
class PostOffice:
    """Sends notices; without a ``sender`` they wait."""

    outboxes: Outboxes
    sender: Sender | None
    now: Callable[[], datetime]

    def deliver(self, reference: Reference) -> Delivery:
        """Send a notice, if it is still there and nobody else is at it."""
        mark = str(uuid4())
        notice = self.outboxes.revise(reference, lambda one: self._leased(one, mark))
        if notice is None:
            return Delivery(outcome="gone")
        if notice.lease != mark:
            return Delivery(outcome="early", notice=notice)
        if self.now() - notice.at >= KEPT:
            return self._removed(reference, notice, "unwanted")
        if self.sender is None:
            self._released(reference, mark, HELD)
            return Delivery(outcome="held", notice=notice)
        try:
            wanted = self.sender.send(reference, notice)
        except Exception as fault:
            count("NoticesFailed")
            self._released(reference, mark, pause(notice.tries))
            return Delivery(outcome="failed", notice=notice, fault=fault)
        if not wanted:
            return self._removed(reference, notice, "unwanted")
        count("NoticesSent")
        return self._removed(reference, notice, "sent")

    def _leased(self, notice: Notice, mark: str) -> Notice:
        now = self.now()
        # Its own mark is found when the SDK repeats a write that had succeeded.
        if notice.lease == mark or (notice.not_before and notice.not_before > now):
            return notice
        return replace(notice, lease=mark, not_before=now + LEASE, tries=notice.tries + 1)

    def _released(self, reference: Reference, mark: str, wait: timedelta) -> None:
        later = self.now() + wait
        self.outboxes.revise(
            reference, lambda one: replace(one, lease="", not_before=later) if one.lease == mark else one
        )

    def _removed(self, reference: Reference, notice: Notice, outcome: Outcome) -> Delivery:
        left = REMOVALS
        while True:
            left -= 1
            try:
                # Whoever holds the lease now: there is nothing left to send.
                self.outboxes.revise(reference, lambda _: None)
                return Delivery(outcome=outcome, notice=notice)
            except Exception:
                if not left:
                    raise


def pause(tries: int) -> timedelta:
    """How long the next attempt waits after so many.

    >>> [str(pause(tries)) for tries in (1, 2, 6, 7, 99)]
    ['0:01:00', '0:02:00', '0:32:00', '1:00:00', '1:00:00']
    """
    doublings: int = min(max(tries - 1, 0), 10)
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << doublings))
