"""The key rotation function: one step at a time, by what the secret says of itself."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.key_rotation.env import Environment
from functions.key_rotation.rotation import KEPT, next_step
from tests.lambdas.api import REGION, load
from tests.lambdas.builders import START, Clock
from tests.lambdas.logged import Log
from tests.lambdas.rotating import World
from tests.tiers import first
from web.cached_secret import CACHE_SECONDS
from web.keys import is_key_id
from web.purposes import PROPAGATION

EVERY = timedelta(days=90)
NAME = "any/keys"
SECOND = timedelta(seconds=1)

Value = dict[str, Any]


def text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def step(value: Mapping[str, Any], age: timedelta) -> tuple[str, Value] | None:
    """What is due when the value is of this age."""
    found = next_step(value, written_at=START, now=START + age, every=EVERY, generate=lambda: "new")
    return (found.name, dict(found.value)) if found else None


def should_add_a_key_when_the_first_has_signed_for_long_enough() -> None:
    first = {"sign": "a", "a": "x"}
    assert step(first, EVERY - SECOND) is None
    assert step(first, EVERY) == ("add", {**first, "b": "new", "added_b": text(START + EVERY)})


def should_sign_with_the_new_key_when_everybody_knows_it() -> None:
    added = {"sign": "a", "a": "x", "b": "y", "added_b": text(START)}
    assert step(added, PROPAGATION - SECOND) is None
    signing = {**added, "sign": "b", "retired_a": text(START + PROPAGATION)}
    assert step(added, PROPAGATION) == ("sign", signing)


def should_drop_the_old_key_when_nothing_that_it_signed_counts() -> None:
    retired = {
        "sign": "b",
        "a": "x",
        "b": "y",
        "added_a": "…",
        "added_b": text(START),
        "retired_a": text(START),
    }
    assert step(retired, KEPT - SECOND) is None
    assert step(retired, KEPT) == ("drop", {"sign": "b", "b": "y", "added_b": text(START)})


def should_add_no_third_key_however_often_keys_are_to_change() -> None:
    retired = {"sign": "b", "a": "x", "b": "y", "added_b": text(START - EVERY), "retired_a": text(START)}
    assert step(retired, timedelta(days=1)) is None


def should_count_from_when_the_key_was_added_not_from_the_last_change() -> None:
    value = {"sign": "b", "b": "y", "added_b": text(START - EVERY)}
    assert step(value, timedelta()) == ("add", {**value, "c": "new", "added_c": text(START)})


def should_use_each_letter_before_one_comes_back() -> None:
    value: Value = {"sign": "a", "a": "x"}
    order = []
    for year in range(27):
        for days in (0, 1, 40):
            at = START + timedelta(days=365 * (year + 1) + days)
            found = next_step(value, written_at=START, now=at, every=EVERY, generate=lambda: "new")
            assert found
            value = dict(found.value)
        order.append(value["sign"])
    assert "".join(order) == "bcdefghijklmnopqrstuvwxyzab"
    assert value == {"sign": "b", "b": "new", "added_b": value["added_b"]}


def should_take_a_key_that_does_not_say_when_it_was_added_for_as_old_as_the_value() -> None:
    by_hand = {"sign": "a", "a": "x", "b": "y"}
    assert step(by_hand, PROPAGATION - SECOND) is None
    found = step(by_hand, PROPAGATION)
    assert found
    assert found[1]["sign"] == "b"


def should_keep_what_it_does_not_know() -> None:
    found = step({"sign": "a", "a": "x", "note": ["any"]}, EVERY)
    assert found
    assert found[1]["note"] == ["any"]


@pytest.mark.parametrize("value", [{}, {"sign": "a"}, {"sign": "added_b", "added_b": "x"}, {"a": "x"}])
def should_touch_no_secret_that_it_does_not_understand(value: Value) -> None:
    with pytest.raises(ValueError, match="`sign` names no key"):
        step(value, EVERY)


@pytest.mark.slow
@pytest.mark.parametrize("seed", first(range(2)))
def should_keep_every_promise_in_both_regions_whichever_runs_are_killed(seed: int) -> None:
    """Everything that was signed before, during or after a step counts until its last second."""
    dice = random.Random(seed)
    eager = seed == 0  # each step as early as it can be
    world = World(lag=timedelta(seconds=CACHE_SECONDS - 1))
    steps = []
    last_step = signed_at = world.clock.now - timedelta(days=1)
    while world.clock.now < START + timedelta(days=100):
        found = next_step(
            world.value,
            written_at=START,
            now=world.clock.now,
            every=timedelta(days=31),
            generate=lambda: str(dice.random()),
        )
        if found and (eager or dice.random() < 0.3):  # else this run dies before it has written
            world.write(found.value)
            assert len(list(filter(is_key_id, found.value))) <= 2
            steps.append(found.name)
            last_step = world.clock.now
        often = world.clock.now - last_step < timedelta(minutes=40)
        interval = timedelta(seconds=100) if often else timedelta(hours=12)
        if world.clock.now - signed_at >= interval:
            world.sign_everywhere()
            signed_at = world.clock.now
        world.verify_everywhere()
        world.advance_to_the_end_of_a_promise_or(signed_at + interval)
    assert steps[:6] == ["add", "sign", "drop"] * 2
    assert world.verified > 5_000


@pytest.fixture
def secret() -> Iterator[Any]:
    """Secrets Manager with the keys' secret as CloudFormation makes it."""
    with mock_aws():
        client = boto3.client("secretsmanager", region_name=REGION)
        client.create_secret(Name=NAME, SecretString=json.dumps({"sign": "a", "a": "x" * 64}))
        yield client
        # Inside of another test's mock, this one forgets nothing by itself.
        client.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)


def function(client: Any, now: Callable[[], datetime]) -> Callable[[], str]:
    environment = Environment(keys_secret=NAME, rotation_days=90)
    run = load("key_rotation").make(environment, client, now)
    return lambda: run({"any": "event"}, None)["step"]


def value_of(client: Any) -> Value:
    value: Value = json.loads(client.get_secret_value(SecretId=NAME)["SecretString"])
    return value


def any_clock() -> Clock:
    """In the present: Secrets Manager itself says when a version was made."""
    clock = Clock()
    clock.now = datetime.now(UTC)
    return clock


def should_rotate_a_secret_of_secrets_manager(secret: Any) -> None:
    clock = any_clock()
    run = function(secret, clock)
    steps = []
    for days in (0, 90, 1, 40, 1):
        clock.advance(days=days)
        steps.append(run())
    assert steps == ["none", "add", "sign", "drop", "none"]
    value = value_of(secret)
    assert set(value) == {"sign", "b", "added_b"}
    assert len(value["b"]) == 64
    assert value["b"] != "x" * 64


def should_do_a_step_once_however_often_it_is_run(secret: Any) -> None:
    clock = any_clock()
    run = function(secret, clock)
    clock.advance(days=90)
    assert [run(), run(), run()] == ["add", "none", "none"]


class StillReads:
    """A client that reads the first version of the secret, whatever was written meanwhile."""

    def __init__(self, client: Any) -> None:
        self.exceptions = client.exceptions
        self.put_secret_value = client.put_secret_value
        self._read = client.get_secret_value(SecretId=NAME)

    def get_secret_value(self, **_: Any) -> Any:
        return self._read


def should_let_only_one_of_two_runs_at_once_add_its_key(secret: Any) -> None:
    clock = any_clock()
    clock.advance(days=90)
    first, second = (function(StillReads(secret), clock) for _ in range(2))
    assert first() == "add"
    added = value_of(secret)
    assert second() == "lost"
    assert value_of(secret) == added


def should_go_on_the_next_day_after_an_operator_has_put_an_earlier_version_back(secret: Any) -> None:
    clock = any_clock()
    clock.advance(days=90)
    run = function(StillReads(secret), clock)
    assert [run(), run()] == ["add", "lost"]
    clock.advance(days=1)
    assert run() == "add"


def should_log_the_step_and_no_key(secret: Any, log: Log) -> None:
    clock = any_clock()
    clock.advance(days=90)
    function(secret, clock)()
    [line] = log.lines
    assert (line["message"], line["step"], line["outcome"]) == ("key rotation", "add", "ok")
    assert line["key_age_days"] == pytest.approx(90, abs=0.1)
    assert [kid for kid in "ab" if value_of(secret)[kid] in log.text] == []


def should_publish_the_age_twice_a_day_and_log_it_each_hour(secret: Any, log: Log) -> None:
    clock = any_clock()
    clock.advance(days=2)
    for _ in range(24):
        function(secret, clock)()
        clock.advance(hours=1)
    logged = [line["key_age_days"] for line in log.lines]
    assert logged == pytest.approx([2 + hour / 24 for hour in range(24)], abs=0.01)
    first, second = [line["KeyAgeDays"] for line in log.lines if "KeyAgeDays" in line]
    assert second - first == pytest.approx(0.5, abs=0.02)


def should_publish_the_age_at_once_where_the_key_is_new(secret: Any, log: Log) -> None:
    """The alarm takes a day without a value for a rotation that is dead."""
    function(secret, any_clock())()
    [line] = log.lines
    assert line["KeyAgeDays"] == pytest.approx(0, abs=0.01)
