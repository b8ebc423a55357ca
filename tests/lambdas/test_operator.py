"""What operators do with users."""

from collections.abc import Callable, Iterator

import pytest

from functions.operator.recovery import LIMIT
from tests.lambdas.api import TABLE, Api, create_table
from tests.lambdas.builders import any_email
from tests.lambdas.uploading import ask
from web import budget

COPY = f"{TABLE}-at-20261125T100000Z"
RECOVER: dict[str, object] = {
    "do": "recover",
    "table": COPY,
    "at": "2099-11-25T10:00:00Z",
    "undo": [],
    "dry_run": False,
}


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
    [
        {},
        {"do": "dance"},
        {"do": ["appoint"]},
        {"do": "appoint"},
        {"do": "appoint", "email": 5},
        {"do": "appoint", "email": "x"},
        *(
            RECOVER | wrong
            for wrong in (
                {"table": None},
                {"table": TABLE},
                {"table": "another-table"},
                {"at": "yesterday"},
                {"at": "2026-11-25T10:00:00"},
                {"undo": "deleted"},
                {"undo": ["purged"]},
                {"by": 5},
                {"after": 5},
                {"dry_run": "no"},
            )
        ),
    ],
)
def should_refuse_what_it_does_not_understand(api: Api, event: dict[str, object]) -> None:
    assert api.operator(event, None) == {"ok": False, "code": "invalid"}


@pytest.fixture
def copy(api: Api) -> Iterator[Callable[[], None]]:
    """Copies the table as it is, as if it had been restored to this moment."""
    create_table(COPY)

    def copy() -> None:
        for item in api.items():
            api.dynamodb.put_item(TableName=COPY, Item=item)
        budget._budget.ends = None  # that of the requests before, which no request's environment shares

    yield copy
    api.dynamodb.delete_table(TableName=COPY)


def should_put_users_back_as_they_were(api: Api, copy: Callable[[], None]) -> None:
    bad, gone, edited = api.somebody(), api.somebody(), api.somebody()
    copy()
    api.dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": bad.id}, "sk": {"S": "user"}},
        UpdateExpression="SET #name = :bad",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues={":bad": {"S": "undefined"}},
    )
    api.dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": gone.id}, "sk": {"S": "user"}})
    assert api("PATCH", "/users/me", {"name": "Of today"}, by=edited).status == 200

    plan = api.operator(RECOVER | {"dry_run": True}, None)
    assert api("GET", "/users/me", by=bad).json["name"] == "undefined"
    done = api.operator(RECOVER, None)

    assert plan == done
    assert (done["ok"], done["same"], done["more"]) == (True, 0, None)
    assert {one["id"]: (one["verdict"], one["back"], one["kept"]) for one in done["others"]} == {
        bad.id: ("changed", ["name"], []),
        gone.id: ("missing", [], []),
        edited.id: ("newer", [], ["name"]),
    }
    assert api("GET", "/users/me", by=bad).status == 401, "sessions from between have ended"
    for person, name in ((bad, bad.name), (gone, gone.name), (edited, "Of today")):
        assert api.log_in(person.email, person.password).json["user"]["name"] == name
    assert api.operator(RECOVER, None)["same"] == 2, "once more there is nothing to do"


def should_put_uploads_back_as_they_were(api: Api, copy: Callable[[], None]) -> None:
    person = api.somebody()
    lost, kept = (ask(api, person).json["id"] for _ in range(2))
    copy()
    api.dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": lost}, "sk": {"S": "upload"}})
    event = RECOVER | {"do": "recover-uploads"}
    assert api.operator(event | {"dry_run": True}, None) == api.operator(event, None)
    assert api("GET", f"/uploads/{lost}", by=person).json["state"] == "waiting"
    listed = api("GET", "/uploads", by=person).json["items"]
    assert {one["id"] for one in listed} == {lost, kept}
    assert api.operator(event, None) == {"ok": True, "same": 2, "others": [], "more": None}


def should_go_on_after_a_page(api: Api, copy: Callable[[], None]) -> None:
    api.somebody()
    [first] = api.items()
    for number in range(LIMIT + 1):
        item = {**first, "pk": {"S": f"usr_{number:08d}-0000-0000-0000-000000000000"}}
        api.dynamodb.put_item(TableName=TABLE, Item=item)
    copy()
    page = api.operator(RECOVER, None)
    rest = api.operator(RECOVER | {"after": page["more"]}, None)
    assert (page["same"], rest["same"], rest["more"]) == (LIMIT, 2, None)


def should_be_unavailable_when_there_is_no_such_copy(api: Api) -> None:
    assert api.operator(RECOVER, None) == {"ok": False, "code": "unavailable"}
