"""Only who knows the origin secret is answered."""

import pytest

from tests.lambdas.fakes import FakeSecret, Ticks, cached, code_of
from web.cached_secret import REFETCH_SECONDS
from web.origin import Origin


@pytest.mark.parametrize("given", ["one", "two"])
def should_take_either_value_while_the_secret_is_rotated(given: str) -> None:
    Origin(cached(FakeSecret(a="one", b="two"))).check(given)


@pytest.mark.parametrize("value", [{"a": "one"}, {"a": ""}, {"a": None}, {}, {"c": "three"}])
@pytest.mark.parametrize("given", ["", "None", "a", "three", "on", "onee", "öne", "\ud800"])
def should_refuse_anything_else_and_never_take_an_empty_value(value: dict[str, object], given: str) -> None:
    assert code_of(lambda: Origin(cached(FakeSecret(**value))).check(given)) == "not-through-the-edge"


def should_learn_a_new_value_after_a_minute() -> None:
    secret, ticks = FakeSecret(a="old"), Ticks()
    origin = Origin(cached(secret, ticks))
    origin.check("old")
    secret.text = '{"a": "old", "b": "new"}'
    assert code_of(lambda: origin.check("new")) == "not-through-the-edge"
    ticks.now += REFETCH_SECONDS
    origin.check("new")
    for _ in range(5):
        assert code_of(lambda: origin.check("guess")) == "not-through-the-edge"
    assert secret.asked == 2
