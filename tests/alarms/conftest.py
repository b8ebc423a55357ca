"""What tests of alarms share besides the assembly of the default settings."""

from collections.abc import Callable

import pytest

from tools.alarms import LEAN
from tools.assembly import Assembly


@pytest.fixture(scope="session")
def lean(synthesize: Callable[..., Assembly]) -> Assembly:
    """The smallest deployment that keeps both regions."""
    return synthesize(**LEAN)
