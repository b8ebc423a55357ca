"""Compare-and-set: read strongly, decide, write if nothing changed meanwhile, else decide again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Protocol, TypeVar

from telemetry.metrics import count
from users.errors import Refusal
from users.items import Conflict, Kept

#: So often it is decided before it is told that others write all the time.
ROUNDS: Final = 3

T = TypeVar("T", bound=Kept)


class Keeper(Protocol[T]):
    """Where things of one kind are kept."""

    def get(self, id: str, /) -> T | None:
        """The thing, read strongly."""

    def replace(self, seen: T, becomes: T, key: str, /) -> None:
        """Write over exactly what was seen, else ``Conflict``."""


def settle(keeper: Keeper[T], id: str, decide: Callable[[T], T]) -> T | None:
    """Apply ``decide`` to what is kept, and give it as it is then; None if there is nothing.

    For what is harmless when it happens twice: ``decide`` is asked again when the thing changed meanwhile,
    and nothing is written when it changes nothing.
    """
    thing = keeper.get(id)
    for _ in range(ROUNDS):
        if thing is None or (becomes := decide(thing)) == thing:
            return thing
        counted: Any = becomes
        becomes = replace(counted, rev=thing.rev + 1)
        try:
            keeper.replace(thing, becomes, "")
        except Conflict as conflict:
            count("WriteConflicts")
            thing = conflict.found
        else:
            return becomes
    raise Refusal("write-conflict")
