"""What was acknowledged, account by account: what must be there at the end, once."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

#: Values of the API's `what` in a user's history, for the writes that the load makes.
REGISTERED: Final = "registered"


@dataclass
class Field:
    """A property with one writer: its last acknowledged value, and those tried since without an answer."""

    acknowledged: str
    unsure: list[str] = field(default_factory=list)

    def wrote(self, value: str, *, acknowledged: bool) -> None:
        """Note one write."""
        if acknowledged:
            self.acknowledged, self.unsure = value, []
        else:
            self.unsure.append(value)

    @property
    def possible(self) -> set[str]:
        """What it may be now."""
        return {self.acknowledged, *self.unsure}


@dataclass
class Account:
    """A registered account. Each write to it changes something, so each is one event of its history."""

    id: str
    email: str
    name: Field
    role: Field = field(default_factory=lambda: Field("user"))
    state: Field = field(default_factory=lambda: Field("active"))
    sure: Counter[str] = field(default_factory=lambda: Counter({REGISTERED: 1}))
    unsure: Counter[str] = field(default_factory=Counter)

    def wrote(self, what: str, written: Field, value: str, *, acknowledged: bool) -> None:
        """Note one write of a field, which the history calls ``what``."""
        written.wrote(value, acknowledged=acknowledged)
        (self.sure if acknowledged else self.unsure)[what] += 1


@dataclass
class Contest:
    """One address that several wanted at once: the names of those who were told that it is theirs."""

    email: str
    claims: dict[str, str] = field(default_factory=dict)
    """Name → id."""


@dataclass
class Ledger:
    """All of it."""

    accounts: list[Account] = field(default_factory=list)
    contests: list[Contest] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        """How many writes were acknowledged."""
        claims = sum(len(contest.claims) for contest in self.contests)
        return claims + sum(account.sure.total() for account in self.accounts)

    @property
    def ids(self) -> list[str]:
        """Every account there should be."""
        contested = {id for contest in self.contests for id in contest.claims.values()}
        return [*(account.id for account in self.accounts), *sorted(contested)]
