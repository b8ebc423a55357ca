"""What operators do with users."""

import pytest

from tests.lambdas.api import Api
from tests.lambdas.builders import any_email


def should_appoint_an_administrator(api: Api) -> None:
    person = api.somebody()
    for _ in range(2):
        assert api.operator({"do": "appoint", "email": person.email.upper()}, None) == {"ok": True}
    assert api("GET", "/users/me", by=person).json["role"] == "admin"
    assert api("GET", "/users", by=person).status == 200


def should_say_whom_it_does_not_find(api: Api) -> None:
    assert api.operator({"do": "appoint", "email": any_email()}, None) == {"ok": False, "code": "not-found"}


@pytest.mark.parametrize(
    "event",
    [{}, {"do": "dance"}, {"do": "appoint"}, {"do": "appoint", "email": 5}, {"do": "appoint", "email": "x"}],
)
def should_refuse_what_it_does_not_understand(api: Api, event: dict[str, object]) -> None:
    assert api.operator(event, None) == {"ok": False, "code": "invalid"}
