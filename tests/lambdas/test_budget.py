"""A request waits for AWS two seconds altogether, however many calls it makes."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import OperationModel

from tests.lambdas.api import Api, watching
from web import budget

SECONDS = budget.SECONDS


class Slow:
    """A clock that a call of AWS moves forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now = 0.0
        self.sent: list[str] = []
        self._seconds = seconds
        monkeypatch.setattr("web.budget.time.monotonic", lambda: self.now)

    def __call__(self, model: OperationModel, **_: Any) -> None:
        self.sent.append(model.name)
        self.now += self._seconds


@pytest.fixture(autouse=True)
def as_deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(budget, "SECONDS", SECONDS)
    yield
    budget._budget.ends = None


@pytest.mark.parametrize(
    ("seconds", "status", "sent"),
    [
        (0.9, 200, ["GetItem", "GetItem", "UpdateItem"]),
        (1.0, 503, ["GetItem", "GetItem"]),
        (2.0, 503, ["GetItem"]),
    ],
)
def should_ask_for_nothing_more_when_the_time_is_over(
    seconds: float, status: int, sent: list[str], api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = api.somebody()
    client = api.modules["accounts"].handler._services.realm.store._client
    slow = Slow(monkeypatch, seconds)
    with watching(client, "after-call.dynamodb", slow):
        reply = api("PATCH", "/users/me", {"name": "New"}, by=person)
    assert (reply.status, slow.sent) == (status, sent)
    if status == 503:
        assert reply.code == "unavailable"


def should_begin_anew_with_the_next_request(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    person = api.somebody()
    client = api.modules["accounts"].handler._services.realm.store._client
    slow = Slow(monkeypatch, 1.0)
    with watching(client, "after-call.dynamodb", slow):
        assert api("PATCH", "/users/me", {"name": "New"}, by=person).status == 503
        slow._seconds = 0.1
        assert api("PATCH", "/users/me", {"name": "New"}, by=person).status == 200


def should_limit_nothing_outside_of_requests(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    budget._budget.ends = None
    person = api.somebody()
    budget._budget.ends = None
    monkeypatch.setattr("web.budget.time.monotonic", lambda: 1e12)
    assert api.operator({"do": "appoint", "email": person.email}, None) == {"ok": True}
