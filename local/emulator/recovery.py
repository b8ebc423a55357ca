"""Point-in-time recovery of strong tables: MiniStack would copy a table as it is now, whatever the moment.

What each write replaced is kept in memory, so a moment before this start cannot be gone back to.
"""

import copy
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from ministack.services import dynamodb

from local.emulator.tables import STRONG, Item, Table, store_of

#: Writes that can be undone; the oldest are forgotten first.
KEPT: Final = 200_000

_set_item = dynamodb._set_item
_remove_item = dynamodb._remove_item
_restore = dynamodb._restore_table_to_point_in_time


@dataclass(frozen=True)
class _Replaced:
    """What was there before a write, None if there was nothing."""

    at: float
    table: str
    pk: str
    sk: str
    item: Item | None


class _History:
    def __init__(self) -> None:
        self._writes: deque[_Replaced] = deque(maxlen=KEPT)
        self._since = time.time()

    def note(self, table: Table, pk: str, sk: str) -> None:
        if not table.get(STRONG):
            return
        store = store_of(table)
        before = store["items"].get(pk, {}).get(sk)
        self._writes.append(_Replaced(time.time(), store["TableArn"], pk, sk, copy.deepcopy(before)))

    @property
    def earliest(self) -> float:
        is_full = len(self._writes) == KEPT
        return self._writes[0].at if is_full else self._since

    def go_back(self, arn: str, copied: Table, moment: float) -> None:
        """Undo in a copy of a table what was written to the table after a moment, the latest first."""
        for write in reversed(self._writes):
            if write.at <= moment:
                break
            if write.table != arn:
                continue
            if write.item is None:
                _remove_item(copied, write.pk, write.sk)
            else:
                _set_item(copied, write.pk, write.sk, copy.deepcopy(write.item))


def install() -> None:
    """Let strong tables be restored to a moment; to be called after their consistency is installed."""
    global _set_item, _remove_item
    _set_item, _remove_item = dynamodb._set_item, dynamodb._remove_item
    history = _History()

    def set_item(table: Table, pk: str, sk: str, item: Item) -> Any:
        history.note(table, pk, sk)
        return _set_item(table, pk, sk, item)

    def remove_item(table: Table, pk: str, sk: str) -> Any:
        history.note(table, pk, sk)
        return _remove_item(table, pk, sk)

    def restore(data: dict[str, Any]) -> Any:
        table = dynamodb._tables.get(data.get("SourceTableName", ""))
        moment = data.get("RestoreDateTime")
        if table is None or moment is None or not table.get(STRONG):
            return _restore(data)
        if not history.earliest <= float(moment) <= time.time():
            return dynamodb.error_response_json(
                "InvalidRestoreTimeException", "The table cannot be restored to this moment.", 400
            )
        answer = _restore(data)
        if answer[0] == 200:
            copied = dynamodb._tables[data["TargetTableName"]]
            history.go_back(store_of(table)["TableArn"], copied, float(moment))
        return answer

    dynamodb._set_item, dynamodb._remove_item = set_item, remove_item
    dynamodb._restore_table_to_point_in_time = restore
