"""What the domain refuses, and a store whose answers are lost."""

from collections.abc import Callable

import pytest

from users.errors import Refusal
from users.memory import MemoryStore
from users.model import User


def code_of(attempt: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refusal:
        attempt()
    return refusal.value.code


class AnswerLost(MemoryStore):
    """The SDK's first attempt is applied, its answer is lost, and the second meets the first."""

    def create(self, user: User) -> None:
        super().create(user)
        super().create(user)

    def replace(self, seen: User, becomes: User, key: str) -> None:
        super().replace(seen, becomes, key)
        super().replace(seen, becomes, key)
