"""Ports of the loopback interface for tests, of which several processes may look for some at once."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


def free_port() -> int:
    """A port that nobody uses at the moment; somebody else may take it before it is listened on."""
    with held_port() as port:
        return port


@contextmanager
def held_port() -> Iterator[int]:
    """A port that nobody else gets as long as the block lasts, and where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
