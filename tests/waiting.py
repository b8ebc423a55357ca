"""Waiting for what comes in its own time."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds, on a machine that is busy with other things."""


def eventually(look: Callable[[], T], is_so: Callable[[T], Any] = bool, *, patience: float = PATIENCE) -> T:
    """What is seen as soon as it is so; fails when it is not after a while."""
    deadline = time.monotonic() + patience
    while not is_so(seen := look()):
        assert time.monotonic() < deadline, f"after {patience} s still {seen}"
        time.sleep(0.1)
    return seen
