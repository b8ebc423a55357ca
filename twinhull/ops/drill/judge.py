"""Compares what was acknowledged with what each region says afterwards."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from twinhull.ops.drill.ledger import Account, Contest, Ledger

Fault = Literal["lost", "doubled", "duplicate"]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An account as a region reads it: its properties, and its history counted by ``what``."""

    name: str
    role: str
    state: str
    history: Counter[str]


Reading = Mapping[str, Seen | None]
"""Id → what a region says; None: there is no such account."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that a promise says cannot be: ``count`` writes of one account, as one region sees it."""

    fault: Fault
    count: int
    account: str
    region: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found; a fault that both regions show counts once."""

    findings: tuple[Finding, ...]

    def count(self, fault: Fault) -> int:
        """How many writes (or accounts) have this fault."""
        worst: dict[tuple[str, str], int] = {}
        for each in self.findings:
            if each.fault == fault:
                key = (each.account, each.what)
                worst[key] = max(worst.get(key, 0), each.count)
        return sum(worst.values())


def judge(ledger: Ledger, readings: Mapping[str, Reading]) -> Verdict:
    """Look at every account in every region."""
    found: list[Finding] = []
    for region, reading in readings.items():
        for account in ledger.accounts:
            for fault, count, what in _faults(account, reading.get(account.id)):
                found.append(Finding(fault=fault, count=count, account=account.id, region=region, what=what))
        for contest in ledger.contests:
            for fault, count, what in _contested(contest, reading):
                found.append(
                    Finding(fault=fault, count=count, account=contest.email, region=region, what=what)
                )
    return Verdict(findings=tuple(found))


def _faults(account: Account, seen: Seen | None) -> Iterator[tuple[Fault, int, str]]:
    if seen is None:
        yield "lost", account.sure.total(), "account"
        return
    for what in account.sure.keys() | account.unsure.keys() | seen.history.keys():
        there, sure = seen.history[what], account.sure[what]
        if there < sure:
            yield "lost", sure - there, what
        if there > sure + account.unsure[what]:
            yield "doubled", there - sure - account.unsure[what], what
    for name in ("name", "role", "state"):
        if getattr(seen, name) not in getattr(account, name).possible:
            yield "lost", 1, f"{name} is another"


def _contested(contest: Contest, reading: Reading) -> Iterator[tuple[Fault, int, str]]:
    if len(contest.claims) > 1:
        yield "duplicate", len(contest.claims) - 1, "account"
    for name, id in contest.claims.items():
        seen = reading.get(id)
        if seen is None or seen.name != name:
            yield "lost", 1, f"registration of {name}"
