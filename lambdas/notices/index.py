"""The index `due` in DynamoDB."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from notices import due
from notices.items import from_map
from notices.sweep import Row
from notices.times import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDueIndex:
    """The index of the users' table."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table = table_name

    def rows(self, shard: str, before: datetime, limit: int) -> Sequence[Row]:
        found = self._client.query(**self._query(shard, before), Limit=limit)
        return [_to_row(item) for item in found["Items"]]

    def all_rows(self, shard: str, before: datetime) -> Iterator[Row]:
        for page in self._client.get_paginator("query").paginate(**self._query(shard, before)):
            yield from map(_to_row, page["Items"])

    def _query(self, shard: str, before: datetime) -> Any:
        return {
            "TableName": self._table,
            "IndexName": due.INDEX,
            "KeyConditionExpression": f"{due.SHARD} = :shard AND {due.AT} <= :before",
            "ExpressionAttributeValues": {":shard": {"S": shard}, ":before": {"S": timestamp(before)}},
        }

    def postpone(self, row: Row, until: datetime) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": row.pk}, "sk": {"S": row.sk}},
                UpdateExpression=f"SET {due.AT} = :until",
                ConditionExpression=f"{due.SHARD} = :shard AND {due.AT} = :seen",
                ExpressionAttributeValues={
                    ":until": {"S": timestamp(until)},
                    ":shard": {"S": row.shard},
                    ":seen": {"S": timestamp(row.due_at)},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _to_row(item: dict[str, Any]) -> Row:
    return Row(
        pk=item["pk"]["S"],
        sk=item["sk"]["S"],
        shard=item[due.SHARD]["S"],
        due_at=datetime.fromisoformat(item[due.AT]["S"]),
        outbox=from_map(item["outbox"]["M"]) if "outbox" in item else {},
        state=item["state"]["S"] if "state" in item else "",
    )
