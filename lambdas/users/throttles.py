"""Where failed log-ins are counted: the interface, and DynamoDB behind it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from users.model import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: Long after the longest wait is over, so that nobody profits from being forgotten.
KEPT = timedelta(hours=24)


class Unreachable(Exception):  # noqa: N818
    """The counts cannot be read or written."""


@dataclass(frozen=True, kw_only=True)
class Failures:
    """How often in a row, and when the last time."""

    count: int
    at: datetime


class Throttles(Protocol):
    """Each method raises ``Unreachable`` when it cannot answer. What is kept may be lost at any time."""

    def get(self, user_id: str, now: datetime) -> Failures | None:
        """What was counted."""

    def put(self, user_id: str, seen: Failures | None, becomes: Failures) -> bool:
        """Count, if nobody else has counted since; whether that is so."""

    def forget(self, user_id: str) -> None:
        """Begin anew."""


class DynamoThrottles:
    """An item for each account with failures, in a table that deletes them by itself."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table = table_name

    def get(self, user_id: str, now: datetime) -> Failures | None:
        try:
            found = self._client.get_item(TableName=self._table, Key=_key(user_id), ConsistentRead=True)
        except (ClientError, BotoCoreError) as error:
            raise Unreachable from error
        item = found.get("Item")
        # DynamoDB takes its time with what has expired.
        if item is None or int(item["expires_at"]["N"]) <= now.timestamp():
            return None
        return Failures(count=int(item["failures"]["N"]), at=datetime.fromisoformat(item["last_at"]["S"]))

    def put(self, user_id: str, seen: Failures | None, becomes: Failures) -> bool:
        condition = "attribute_not_exists(pk) OR expires_at <= :now"
        values = {":now": {"N": str(int(becomes.at.timestamp()))}}
        if seen:
            condition = "failures = :seen AND last_at = :at"
            values = {":seen": {"N": str(seen.count)}, ":at": {"S": timestamp(seen.at)}}
        expires_at = int((becomes.at + KEPT).timestamp())
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    **_key(user_id),
                    "failures": {"N": str(becomes.count)},
                    "last_at": {"S": timestamp(becomes.at)},
                    "expires_at": {"N": str(expires_at)},
                },
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise Unreachable from error
        except BotoCoreError as error:
            raise Unreachable from error
        return True

    def forget(self, user_id: str) -> None:
        try:
            self._client.delete_item(TableName=self._table, Key=_key(user_id))
        except (ClientError, BotoCoreError) as error:
            raise Unreachable from error


def _key(user_id: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": user_id}, "sk": {"S": "log-in"}}
