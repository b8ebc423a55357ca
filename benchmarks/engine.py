"""A table of DynamoDB in memory, as far as users are created and listed, and what each page is charged.

moto and the emulator look through a whole index for each page, which takes seconds with 100 000 users; here
the indexes are sorted, and a page is read where it starts. tests/lambdas/test_lists.py holds it to moto. What
else is asked, or asked otherwise, raises ``NotImplementedError``.
"""

import json
import math
import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import SimpleNamespace
from typing import Any, Final

Item = Mapping[str, Mapping[str, Any]]
Entry = tuple[str, str, str]
"""Where an item stands in an index: the index's sort key, then the table's keys."""

#: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html#DDB-Query-request-Limit
LARGEST_PAGE: Final = 1024 * 1024
#: A read unit reads so much strongly, twice as much eventually; the sum of a query is rounded up to it:
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
READ_UNIT: Final = 4096

_KEY_CONDITION: Final = re.compile(r"(\w+) = (:\w+)(?: AND begins_with\((\w+), (:\w+)\))?")
_FILTER: Final = re.compile(r"begins_with\((\w+), (:\w+)\)")
_LAST: Final = chr(0x10FFFF)


@dataclass
class Index:
    """An index: what it holds of an item, and for each partition its entries in order."""

    partition: str
    sort: str
    projected: frozenset[str]
    entries: dict[str, list[Entry]] = field(default_factory=dict)


class Table:
    """One table, by its definition in a template, that answers a client instead of AWS."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.keys = [key["AttributeName"] for key in definition["KeySchema"]]
        self._items: dict[tuple[str, ...], Item] = {}
        self._indexes: dict[str, Index] = {}
        for one in definition["GlobalSecondaryIndexes"]:
            partition, sort = (key["AttributeName"] for key in one["KeySchema"])
            projected = {*self.keys, partition, sort, *one["Projection"]["NonKeyAttributes"]}
            self._indexes[one["IndexName"]] = Index(partition, sort, frozenset(projected))

    def answer(self, client: Any) -> None:
        """Answer all that ``client`` asks from now on; nothing is sent."""
        client.meta.events.register("before-call.dynamodb", self._answer)

    def _answer(self, model: Any, params: Mapping[str, Any], **_: Any) -> tuple[Any, Mapping[str, Any]]:
        asked = json.loads(params["body"])
        match model.name:
            case "PutItem":
                status, answer = self._put(asked)
            case "Query":
                status, answer = 200, self._query(asked)
            case other:
                raise NotImplementedError(other)
        return SimpleNamespace(status_code=status), {**answer, "ResponseMetadata": {"HTTPStatusCode": status}}

    def _put(self, asked: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        if asked["ConditionExpression"] != f"attribute_not_exists({self.keys[0]})":
            raise NotImplementedError(asked["ConditionExpression"])
        item = asked["Item"]
        key = self._key(item)
        if key in self._items:
            error = {"Code": "ConditionalCheckFailedException", "Message": "The conditional request failed"}
            return 400, {"Error": error, "Item": self._items[key]}
        self._items[key] = item
        for index in self._indexes.values():
            if index.partition in item and index.sort in item:
                partition = index.entries.setdefault(item[index.partition]["S"], [])
                insort(partition, self._entry(index, item))
        return 200, {}

    def _query(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        index = self._indexes[asked["IndexName"]]
        entries = self._between(index, asked)
        read: list[Item] = []
        size = 0
        for entry in islice(entries, asked.get("Limit")):
            item = self._items[entry[1:]]
            read.append({name: value for name, value in item.items() if name in index.projected})
            size += _size(read[-1])
            if size > LARGEST_PAGE:
                break
        is_last = next(entries, None) is None and len(read) != asked.get("Limit")
        found = [item for item in read if _passes(asked, item)]
        last = {name: read[-1][name] for name in (*self.keys, index.partition, index.sort)} if read else {}
        return {
            "Items": found,
            "Count": len(found),
            "ScannedCount": len(read),
            "ConsumedCapacity": {"CapacityUnits": math.ceil(size / READ_UNIT) / 2},
            **({} if is_last else {"LastEvaluatedKey": last}),
        }

    def _between(self, index: Index, asked: Mapping[str, Any]) -> Iterator[Entry]:
        """The entries that a query reads, in its order, one by one."""
        condition = _KEY_CONDITION.fullmatch(asked["KeyConditionExpression"])
        if not condition or condition[1] != index.partition or condition[3] not in (None, index.sort):
            raise NotImplementedError(asked["KeyConditionExpression"])
        values = asked["ExpressionAttributeValues"]
        entries = index.entries.get(values[condition[2]]["S"], [])
        start = values[condition[4]]["S"] if condition[4] else ""
        low = bisect_left(entries, (start, "", ""))
        high = bisect_left(entries, (start + _LAST, "", "")) if start else len(entries)
        after = asked.get("ExclusiveStartKey")
        if asked.get("ScanIndexForward", True):
            low = max(low, bisect_right(entries, self._entry(index, after))) if after else low
            return (entries[place] for place in range(low, high))
        high = min(high, bisect_left(entries, self._entry(index, after))) if after else high
        return (entries[place] for place in range(high - 1, low - 1, -1))

    def _key(self, item: Item) -> tuple[str, ...]:
        return tuple(item[name]["S"] for name in self.keys)

    def _entry(self, index: Index, item: Item) -> Entry:
        pk, sk = self._key(item)
        return item[index.sort]["S"], pk, sk


def _passes(asked: Mapping[str, Any], item: Item) -> bool:
    if "FilterExpression" not in asked:
        return True
    condition = _FILTER.fullmatch(asked["FilterExpression"])
    if not condition:
        raise NotImplementedError(asked["FilterExpression"])
    start: str = asked["ExpressionAttributeValues"][condition[2]]["S"]
    return bool(item[condition[1]]["S"].startswith(start))


def _size(item: Item) -> int:
    """Bytes by which DynamoDB charges what an index holds of an item; there are only strings and maps in it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _bytes(value) for name, value in item.items())


def _bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "M":
            return 3 + sum(1 + len(name.encode()) + _bytes(part) for name, part in content.items())
    raise NotImplementedError(kind)


def template(path: Any, name: str) -> Mapping[str, Any]:
    """The definition of a table in the templates of an assembly."""
    resources: Sequence[Mapping[str, Any]] = [
        resource
        for template in path.glob("*.template.json")
        for resource in json.loads(template.read_text())["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::GlobalTable"
    ]
    (found,) = (one["Properties"] for one in resources if one["Properties"]["TableName"].endswith(name))
    return dict(found)
