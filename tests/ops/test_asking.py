"""One request of an operator's command: whatever happens is an answer."""

import socket
from collections.abc import Iterator

import pytest

from tests.ops.world import EAST, READY, World
from tests.ports import held_port
from twinhull.ops.asking import Heard, ask


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port where somebody listens and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def should_say_that_nobody_is_there(world: World) -> None:
    with held_port() as port:
        heard = ask(world.cloud, f"http://127.0.0.1:{port}/")
    assert (heard.status, heard.region) == (None, None)
    assert heard.said.startswith("no answer (")
    assert "refused" in heard.said


def should_say_that_nobody_answered_in_time(world: World, silent_port: int) -> None:
    heard = ask(world.cloud, f"http://127.0.0.1:{silent_port}/", patience=0.05)
    assert heard.said == "no answer in time"
    assert heard.seconds >= 0.05


def should_say_who_answered(world: World) -> None:
    sent = {"x-origin-verify": world.edge_value}
    assert ask(world.cloud, f"{world.url}/{EAST}{READY}", headers=sent).said == f"200 from {EAST}"


def should_say_that_there_is_none_when_nothing_is_known() -> None:
    assert Heard(seconds=0).said == "no answer"
