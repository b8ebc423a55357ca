"""What waits, asked of the operator function of whichever region answers."""

import io
import json
from typing import Any

from tests.ops.conftest import Twinhull
from tests.ops.world import EAST, WEST, Silent, World
from twinhull.ops.trouble import Exit


class Function:
    """The operator function of a region."""

    def __init__(self, **answer: Any) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert ":operator:live" in FunctionName
        self.asked.append(json.loads(Payload))
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())}


COUNTS = {"notices": 3, "uploads": 1, "due": 2}


def should_count_what_waits(world: World, twinhull: Twinhull) -> None:
    function = Function(ok=True, **COUNTS)
    world.services["lambda", EAST] = function
    ran = twinhull("pending", "--json")
    assert ran.status == Exit.OK
    assert ran.json == {**COUNTS, "region": EAST}
    assert function.asked == [{"do": "pending"}]
    assert "3 notices are not sent, 1 uploads not finished, 2 items are due" in twinhull("pending").out


def should_ask_the_other_region_when_one_is_gone(world: World, twinhull: Twinhull) -> None:
    world.services["lambda", EAST] = Silent()
    world.services["lambda", WEST] = Function(ok=True, **COUNTS)
    assert twinhull("pending", "--json").json["region"] == WEST
    assert twinhull("admin", "ada@example.com").status == Exit.OK


def should_say_so_when_no_region_answers(world: World, twinhull: Twinhull) -> None:
    world.services["lambda", EAST] = Silent()
    world.services["lambda", WEST] = Function(ok=False, code="unavailable")
    ran = twinhull("pending")
    assert ran.status != Exit.OK
    assert "No region could do it" in ran.err


def should_say_what_an_older_release_answers(world: World, twinhull: Twinhull) -> None:
    world.services["lambda", EAST] = Function(ok=False, code="invalid")
    ran = twinhull("pending")
    assert ran.status != Exit.OK
    assert "us-east-1 did not count (invalid)" in ran.err
