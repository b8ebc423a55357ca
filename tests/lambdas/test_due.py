"""What every write says of when something has to be done about a user."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from notices import due
from notices.model import Notice
from notices.times import timestamp
from tests.lambdas.api import REGION, create_table
from tests.lambdas.builders import START, any_key, any_user
from users.model import User
from users.store import DynamoStore


class Table:
    """A table, and its items as the index of one of two regions shows them."""

    def __init__(self) -> None:
        self.name = any_key()
        self.client = create_table(self.name)
        self.store = DynamoStore(self.client, self.name)

    def due(self, region: str = REGION) -> list[dict[str, Any]]:
        return [
            item
            for shard in due.shards(region)
            for item in self.client.query(
                TableName=self.name,
                IndexName=due.INDEX,
                KeyConditionExpression="due_shard = :shard",
                ExpressionAttributeValues={":shard": {"S": shard}},
            )["Items"]
        ]

    def due_at(self) -> list[str]:
        return [item[due.AT]["S"] for item in self.due()]


class Elsewhere:
    """A client of the same table from another region; moto keeps the tables of regions apart."""

    def __init__(self, client: object) -> None:
        self._client = client
        self.meta = SimpleNamespace(region_name="us-east-1")

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)


@pytest.fixture
def table(aws: None) -> Table:
    return Table()


def waiting(user: User, *notices: Notice) -> User:
    return replace(user, rev=user.rev + 1, outbox={one.id: one for one in notices})


def deleted(user: User, at: datetime | None) -> User:
    return replace(user, rev=user.rev + 1, profile=replace(user.profile, deleted_at=at))


def should_have_nothing_to_do_about_a_user_without_duties(table: Table) -> None:
    table.store.create(any_user())
    assert table.due() == []


def should_be_due_at_once_with_a_notice(table: Table) -> None:
    user = waiting(any_user(), Notice(id="n", kind="welcome", at=START))
    table.store.create(user)
    [item] = table.due()
    assert (item["pk"]["S"], item["due_at"]["S"]) == (user.id, timestamp(START))
    assert item["outbox"]["M"].keys() == {"n"}


def should_be_due_when_the_lease_of_the_first_notice_ends(table: Table) -> None:
    first = Notice(id="1", kind="welcome", at=START, not_before=START + timedelta(minutes=1))
    second = Notice(id="2", kind="reset", at=START, not_before=START + timedelta(hours=1))
    user = any_user()
    table.store.create(user)
    table.store.replace(user, waiting(user, first, second), "")
    assert table.due_at() == [timestamp(START + timedelta(minutes=1))]


def should_be_due_for_the_purge_30_days_after_the_deletion(table: Table) -> None:
    user = any_user()
    table.store.create(user)
    table.store.replace(user, deleted(user, START), "")
    assert table.due_at() == [timestamp(START + timedelta(days=30))]


def should_leave_the_index_when_nothing_is_to_be_done_any_more(table: Table) -> None:
    user = deleted(waiting(any_user(), Notice(id="n", kind="welcome", at=START)), START)
    table.store.create(user)
    table.store.replace(user, deleted(waiting(user), None), "")
    assert table.due() == []


def should_be_the_duty_of_the_region_that_wrote_last(table: Table) -> None:
    user = deleted(any_user(), START)
    table.store.create(user)
    store = DynamoStore(cast("Any", Elsewhere(table.client)), table.name)
    store.replace(user, waiting(user), "")
    assert table.due() == []
    assert [item["pk"]["S"] for item in table.due("us-east-1")] == [user.id]


def should_find_every_user_in_one_of_the_shards_and_use_them_all() -> None:
    found = [due.hint(REGION, any_user().id, START) for _ in range(64)]
    assert {one[due.SHARD] for one in found} == set(due.shards(REGION))
