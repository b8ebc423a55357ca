"""Ledgers, readings, phases and calls, made up."""

from collections import Counter
from typing import Any

from twinhull.ops.client import Attempt
from twinhull.ops.drill.calls import Call, Kind
from twinhull.ops.drill.judge import Reading, Seen, Verdict, judge
from twinhull.ops.drill.ledger import Account, Contest, Field, Ledger
from twinhull.ops.drill.plan import Step
from twinhull.ops.drill.result import Phase, Result

FIRST, SECOND = "eu-west-1", "eu-central-1"


def any_account(id: str = "usr_1", name: str = "Ada") -> Account:
    return Account(id=id, email="any@example.com", name=Field(name))


def seen(account: Account, **changes: Any) -> Seen:
    """An account as it should be, but for the changes."""
    properties: dict[str, Any] = {
        "name": account.name.acknowledged,
        "role": account.role.acknowledged,
        "state": account.state.acknowledged,
        "history": Counter(account.sure),
    }
    return Seen(**{**properties, **changes})


def verdict(account: Account, first: Seen | None, second: Seen | None) -> Verdict:
    readings: dict[str, Reading] = {FIRST: {account.id: first}, SECOND: {account.id: second}}
    return judge(Ledger(accounts=[account]), readings)


def contested(contest: Contest, reading: Reading) -> Verdict:
    return judge(Ledger(contests=[contest]), {FIRST: reading, SECOND: reading})


def any_call(
    kind: Kind = "read",
    *,
    began: float = 0.0,
    seconds: float = 0.1,
    statuses: tuple[int, ...] = (200,),
    ok: bool = True,
    promised: bool = True,
    region: str | None = SECOND,
) -> Call:
    attempts = tuple(
        Attempt(status=each, region=region if each == 200 else None, code=None, began=began, seconds=seconds)
        for each in statuses
    )
    return Call(kind=kind, what="any", attempts=attempts, ok=ok, promised=promised)


def any_phase(*calls: Call, kind: Any = "calm", state: str | None = None, seconds: float = 100.0) -> Phase:
    step = Step(kind=kind, seconds=seconds, region=FIRST, state=state)
    return Phase(step=step, began=0.0, changed=1.0, ended=seconds, calls=calls)


def result(*phases: Phase, slack: float = 0.0, found: Verdict | None = None) -> Result:
    return Result(
        about={"cores": 2},
        phases=phases,
        verdict=found or Verdict(findings=()),
        acknowledged=0,
        accounts=0,
        slack=slack,
    )


def broken(*phases: Phase, slack: float = 0.0, found: Verdict | None = None) -> list[str]:
    """The names of the promises that are broken."""
    return [promise.name for promise in result(*phases, slack=slack, found=found).broken]
