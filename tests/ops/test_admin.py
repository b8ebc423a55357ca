"""`twinhull admin`: who makes somebody an administrator, and what it says when that cannot be."""

import io
import json
from typing import Any

import pytest

from tests.ops.conftest import Twinhull
from tests.ops.world import EAST, WEST, World
from twinhull.ops.trouble import Exit

DONE = {"ok": True}


class Operator:
    """A region's operator function, which answers this; ``fails`` as a function does that raises."""

    def __init__(self, answer: dict[str, Any], *, fails: bool = False) -> None:
        self.asked: list[Any] = []
        self._answer = answer
        self._fails = fails

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        self.asked.append((FunctionName, json.loads(Payload)))
        answer = {"Payload": io.BytesIO(json.dumps(self._answer).encode())}
        return answer | ({"FunctionError": "Unhandled"} if self._fails else {})


def should_ask_one_region_and_say_which(world: World, twinhull: Twinhull) -> None:
    east = world.services["lambda", EAST] = Operator(DONE)
    west = world.services["lambda", WEST] = Operator(DONE)
    ran = twinhull("admin", "ada@example.com")
    assert (ran.status, ran.out) == (
        Exit.OK,
        "✓ ada@example.com is an administrator (written in us-east-1).\n",
    )
    arn = f"arn:aws:lambda:{EAST}:111122223333:function:operator:live"
    assert east.asked == [(arn, {"do": "appoint", "email": "ada@example.com"})]
    assert west.asked == []


@pytest.mark.parametrize(
    "ill",
    [
        Operator({"errorType": "Sandbox.Timedout"}, fails=True),
        Operator({"ok": False, "code": "unavailable"}),
        Operator({"ok": False, "code": "write-conflict"}),
        None,
    ],
    ids=["fails", "unavailable", "conflict", "silent"],
)
def should_ask_the_other_region_when_one_cannot_do_it(
    world: World, twinhull: Twinhull, ill: Operator | None
) -> None:
    world.services["lambda", WEST] = Operator(DONE)
    if ill:
        world.services["lambda", EAST] = ill
    else:
        world.silent.add(("lambda", EAST))
    assert twinhull("admin", "ada@example.com", "--json").json == {
        "email": "ada@example.com",
        "role": "admin",
        "region": WEST,
    }


def should_say_why_no_region_could_do_it(world: World, twinhull: Twinhull) -> None:
    world.services["lambda", EAST] = Operator({"errorType": "MemoryError"}, fails=True)
    world.silent.add(("lambda", WEST))
    ran = twinhull("admin", "ada@example.com")
    assert ran.status == Exit.ATTENTION
    assert "us-east-1: The operator function failed (MemoryError)." in ran.err
    assert "us-west-2: No answer when invoking the operator function in us-west-2" in ran.err


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("not-found", Exit.ATTENTION, "they register at https://any.cloudfront.net first"),
        ("invalid", Exit.USAGE, "ada@example.com is no e-mail address."),
        ("deleted", Exit.ATTENTION, "was not made an administrator (deleted)."),
    ],
)
def should_say_what_helps_when_it_is_refused(
    world: World, twinhull: Twinhull, code: str, status: Exit, said: str
) -> None:
    world.services["lambda", EAST] = Operator({"ok": False, "code": code})
    ran = twinhull("admin", "ada@example.com")
    assert ran.status == status
    assert said in ran.err
