"""Today's functions serve what release 0.1.0 wrote, signed and sent."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from botocore.client import BaseClient

from tests.compat.agreement import differences
from tests.compat.today import LINK_BODIES, Today
from tests.compat.world import V0_1_0, Exchange, Item, key_of, stopped_at
from tests.lambdas.api import Reply
from tests.tiers import first

pytestmark = pytest.mark.slow

SESSIONS, CURSORS, LINKS = (V0_1_0.exchanges(name) for name in ("sessions", "cursors", "links"))
READS, LOG_INS = V0_1_0.exchanges("reads"), V0_1_0.exchanges("log-ins")
REPETITIONS, MESSAGES = V0_1_0.exchanges("repetitions"), V0_1_0.exchanges("messages")
NOW = datetime.fromisoformat(V0_1_0.settings["at"])
USERS = [item for item in V0_1_0.users if item["sk"]["S"] == "user"]
SESSION = timedelta(minutes=15)


def named(exchange: Exchange) -> str:
    return exchange.name


def named_by_key(item: Item) -> str:
    return str(item["email"]["S"])


def play(today: Today, recorded: Exchange, event: Any = None, *, later: timedelta = timedelta()) -> Exchange:
    """Make a recorded call again, perhaps with another event or later."""
    handler = today.handlers[recorded.function]
    at = (datetime.fromisoformat(recorded.at) + later).isoformat()
    return today.world.play(handler, recorded.name, recorded.function, event or recorded.event, at)


def code_of(played: Exchange) -> str:
    assert played.answer["headers"]["content-type"] == "application/problem+json", played.answer
    return str(json.loads(played.answer["body"])["code"])


def spoiled(text: str) -> str:
    """Return a signed text with one character of its signature changed."""
    return f"{text[:-9]}{'0' if text[-9] != '0' else '1'}{text[-8:]}"


def token_of(link: Exchange) -> str:
    return str(link.event["pathParameters"]["token"])


def purpose_of(link: Exchange) -> str:
    return str(json.loads(link.answer["body"])["purpose"])


def follow(today: Today, token: str, purpose: str, key: str = "first") -> Reply:
    with stopped_at(NOW.isoformat()):
        return today.api("PUT", f"/password-links/{token}", dict(LINK_BODIES[purpose]), key=key)


@pytest.mark.parametrize("recorded", READS, ids=named)
def should_show_what_it_showed(recorded: Exchange, today: Today) -> None:
    assert differences(recorded, play(today, recorded)) == []


@pytest.mark.parametrize("recorded", LOG_INS, ids=named)
def should_log_in_whom_it_logged_in(recorded: Exchange, today: Today) -> None:
    assert differences(recorded, play(today, recorded)) == []


@pytest.mark.parametrize("recorded", SESSIONS, ids=named)
def should_accept_its_sessions(recorded: Exchange, today: Today) -> None:
    assert differences(recorded, play(today, recorded)) == []


@pytest.mark.parametrize("recorded", CURSORS, ids=named)
def should_continue_its_lists(recorded: Exchange, today: Today) -> None:
    assert differences(recorded, play(today, recorded)) == []


@pytest.mark.parametrize("recorded", LINKS, ids=named)
def should_open_its_links(recorded: Exchange, today: Today) -> None:
    assert differences(recorded, play(today, recorded)) == []


@pytest.mark.parametrize("recorded", LINKS, ids=named)
def should_follow_its_links_once(recorded: Exchange, today: Today) -> None:
    token, purpose = token_of(recorded), purpose_of(recorded)
    user = token.partition(".")[0]
    first = follow(today, token, purpose)
    assert first.status == 204, first
    assert today.world.changed() == [f"{user}/user"]
    assert follow(today, token, purpose, key="second").code == "link-used"


@pytest.mark.parametrize("recorded", REPETITIONS, ids=named)
def should_recognise_repetitions_of_its_writes(recorded: Exchange, today: Today) -> None:
    assert differences(recorded, play(today, recorded)) == []


@pytest.mark.parametrize("recorded", MESSAGES, ids=named)
def should_process_its_messages(recorded: Exchange, today: Today) -> None:
    assert differences(recorded, play(today, recorded)) == []


@pytest.mark.parametrize("item", USERS, ids=named_by_key)
def should_write_over_its_items(item: Item, today: Today) -> None:
    """An administrator deletes whom they may, and restores whom they may."""
    reply = change(today, item)
    expected = 403 if item["email"]["S"] == "person.ada@example.com" else 404 if is_over(item) else None
    if expected:
        assert reply.status == expected, reply
        assert today.world.changed() == []
    else:
        assert reply.status in (200, 204), reply
        [now] = [each for each in today.world.items() if key_of(each) == key_of(item)]
        assert int(now["rev"]["N"]) == int(item["rev"]["N"]) + 1


def change(today: Today, item: Item) -> Reply:
    """Delete a user, or restore one who is deleted."""
    method, more = ("POST", "/restore") if "deleted_at" in item else ("DELETE", "")
    headers = {"authorization": READS[0].event["headers"]["authorization"]}  # an administrator's
    with stopped_at(NOW.isoformat()):
        return today.api(method, f"/users/{item['pk']['S']}{more}", headers=headers)


@contextmanager
def before(operation: str, do: Callable[[], object]) -> Iterator[None]:
    """Do something before each call of an operation of AWS, by whichever client."""
    made = BaseClient._make_api_call  # type: ignore[attr-defined]

    def make(client: Any, name: str, parameters: Any) -> Any:
        if name == operation:
            do()
        return made(client, name, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", make):
        yield


def is_over(item: Item) -> bool:
    """Return whether a deletion is too long ago to be undone."""
    return "deleted_at" in item and NOW - datetime.fromisoformat(item["deleted_at"]["S"]) >= timedelta(
        days=30
    )


def should_cover_every_kind_of_item_and_function() -> None:
    purposes = {purpose_of(link) for link in LINKS}
    assert purposes == {"invitation", "reset", "restore", "verification"}
    states = {item["state"]["S"] for item in V0_1_0.users if "state" in item}
    assert states == {"waiting", "working", "done", "failed"}
    kinds = {item["sk"]["S"].partition("#")[0] for item in V0_1_0.users}
    assert kinds == {"user", "upload", "leftover", "watchdog", "operator"}
    renewed = {each.name for each in SESSIONS if "renewed" in each.name}
    assert renewed == {"carol-renewed-cookie"}
    signing = {each.event["rawQueryString"].rpartition("cursor=")[2].split(".")[1] for each in CURSORS}
    assert signing == {"a", "b"}


@pytest.mark.parametrize("recorded", first(SESSIONS), ids=named)
def should_refuse_a_spoiled_session(recorded: Exchange, today: Today) -> None:
    event = deepcopy(recorded.event)
    name = "authorization" if "authorization" in event["headers"] else "cookie"
    event["headers"][name] = spoiled(event["headers"][name])
    assert code_of(play(today, recorded, event)) == "not-signed-in"


@pytest.mark.parametrize("recorded", first(SESSIONS), ids=named)
def should_refuse_a_session_that_is_over(recorded: Exchange, today: Today) -> None:
    assert code_of(play(today, recorded, later=SESSION)) == "not-signed-in"


@pytest.mark.parametrize("recorded", first(CURSORS), ids=named)
def should_refuse_a_spoiled_cursor(recorded: Exchange, today: Today) -> None:
    event = deepcopy(recorded.event)
    event["rawQueryString"] = spoiled(event["rawQueryString"])
    assert code_of(play(today, recorded, event)) == "bad-cursor"


@pytest.mark.parametrize("recorded", first(LINKS), ids=named)
def should_refuse_a_spoiled_link(recorded: Exchange, today: Today) -> None:
    event = deepcopy(recorded.event)
    event["pathParameters"]["token"] = spoiled(token_of(recorded))
    assert code_of(play(today, recorded, event)) == "link-used"
    assert follow(today, spoiled(token_of(recorded)), purpose_of(recorded)).code == "link-used"
    assert today.world.changed() == []


@pytest.fixture
def elsewhere(today: Today) -> Iterator[Today]:
    """Functions of a deployment that has another secret, over the same items."""
    name, secrets = V0_1_0.settings["environment"]["KEYS_SECRET"], today.world.client("secretsmanager")
    recorded = V0_1_0.settings["secrets"][name]
    secrets.put_secret_value(
        SecretId=name, SecretString=json.dumps({**recorded, "a": "e" * 64, "b": "f" * 64})
    )
    yield Today(today.world)
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps(recorded))


def should_refuse_sessions_that_another_secret_signed(elsewhere: Today) -> None:
    assert {code_of(play(elsewhere, recorded)) for recorded in SESSIONS} == {"not-signed-in"}


def should_refuse_cursors_that_another_secret_signed(elsewhere: Today) -> None:
    [log_in] = [each for each in LOG_INS if each.name == "log-in ada"]
    token = json.loads(play(elsewhere, log_in).answer["body"])["token"]
    for recorded in CURSORS:
        event = deepcopy(recorded.event)
        event["headers"]["authorization"] = f"Bearer {token}"
        assert code_of(play(elsewhere, recorded, event)) == "bad-cursor"


@pytest.mark.parametrize("name", ["rev", "password_hash", "registered_at"])
def should_refuse_an_item_that_lacks_something(name: str, today: Today) -> None:
    item = USERS[0]
    today.world.put({key: value for key, value in item.items() if key != name})
    [recorded] = [each for each in READS if each.name == f"user {item['pk']['S']}"]
    assert code_of(play(today, recorded)) == "unexpected"


def should_refuse_to_write_over_an_item_of_another_revision(today: Today) -> None:
    item = next(each for each in USERS if each["email"]["S"] == "person.bob@example.com")
    revisions = iter(range(100, 200))

    def overtake() -> None:
        today.world.put({**item, "rev": {"N": str(next(revisions))}})

    with before("UpdateItem", overtake):
        assert change(today, item).code == "write-conflict"
    [now] = [each for each in today.world.items() if key_of(each) == key_of(item)]
    assert "deleted_at" not in now


def should_report_a_result_that_contradicts_the_recorded_one() -> None:
    [recorded] = [each for each in READS if each.name == f"user {USERS[0]['pk']['S']}"]
    body = json.loads(recorded.answer["body"])

    def answering(**body: Any) -> Exchange:
        return replace(recorded, answer={**recorded.answer, "body": json.dumps(body)})

    assert differences(recorded, answering(**body, added=1)) == []
    assert differences(recorded, answering(**{**body, "role": "admin"})) == [
        "answer.body.role: user became admin"
    ]
    assert differences(recorded, answering(id=body["id"])) != []
    assert differences(recorded, replace(recorded, mails=1)) == ["mails: 0 became 1"]
    assert differences(recorded, replace(recorded, changed=["any"])) == ["changed: [] became ['any']"]
    assert differences(recorded, replace(recorded, answer={**recorded.answer, "statusCode": 404})) != []
