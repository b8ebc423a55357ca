"""Users as they were at an earlier moment: a copy of the table, which is only read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from users.items import answering
from users.model import User
from users.store import KIND, Damaged, to_user

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, kw_only=True)
class EarlierPage:
    """Some users, in no order; ``more`` is the id after which to go on, None at the end.

    ``damaged`` are the ids of items that are no users.
    """

    users: tuple[User, ...]
    more: str | None
    damaged: tuple[str, ...] = ()


class Earlier(Protocol):
    """Raises ``Refusal("unavailable")`` when the copy cannot answer."""

    def page(self, limit: int, after: str | None) -> EarlierPage:
        """Users after an id; a page may be empty and not the last."""


class DynamoEarlier:
    """A table that was restored to a moment."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table = table_name

    def page(self, limit: int, after: str | None) -> EarlierPage:
        start: dict[str, Any] = {"ExclusiveStartKey": KIND.key(after)} if after else {}
        with answering(to_user):
            found = self._client.scan(
                TableName=self._table,
                Limit=limit,
                ConsistentRead=True,
                FilterExpression="sk = :user",
                ExpressionAttributeValues={":user": {"S": "user"}},
                **start,
            )
        users, damaged = [], []
        for item in found["Items"]:
            try:
                users.append(to_user(item))
            except Damaged:
                damaged.append(item["pk"]["S"])
        last = found.get("LastEvaluatedKey")
        return EarlierPage(users=tuple(users), damaged=tuple(damaged), more=last["pk"]["S"] if last else None)
