"""The consistency of DynamoDB global tables, which MiniStack replicates at once and without conflicts.

*Strong* tables (`MultiRegionConsistency: STRONG`): one store behind every region. Each region keeps a table
of its own for what is described (ARN, settings), but all item operations go to the store of the region that
made the table. The emulator serves requests on one thread, so a condition is judged and its write applied
before anything else happens: conditional writes are linearizable, from whichever region.

*Eventual* tables: a write reaches the other regions after a delay, and the later write wins, item by item,
so what real global tables lose can be seen here too: two regions both accept the creation of one key, and
the later silently erases the earlier.
"""

import copy
import functools
import itertools
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import dynamodb

from local.emulator.later import Later

Table = dict[str, Any]
Item = dict[str, Any]

# Keys of ours in MiniStack's record of a table; they are saved with it.
HOME = "_home_region"
STRONG = "_strong"
WITNESSES = "_witnesses"

_set_item = dynamodb._set_item
_remove_item = dynamodb._remove_item
_index_members = dynamodb._index_members
_description = dynamodb._table_description
_restore = dynamodb.load_persisted_state


def _account(table: Table) -> str:
    return str(table["TableArn"]).split(":")[4]


def store_of(table: Table) -> Table:
    """The table whose items these are: itself, or for a strong replica the table of the home region."""
    if not table.get(STRONG):
        return table
    home = dynamodb._tables.get_scoped(_account(table), table[HOME], table["TableName"])
    return table if home is None else home


def share_items(account: str, name: str, home: str, regions: list[str]) -> None:
    """Put the one store of a strong table behind each of its regions."""
    items = dynamodb._tables.get_scoped(account, home, name)["items"]
    for region in regions:
        dynamodb._tables.get_scoped(account, region, name)["items"] = items


class _Replication:
    """Writes on their way to the other regions of eventual tables."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._later = Later()
        self._clock = itertools.count(1)
        self._written: dict[tuple[str, str, str, str, str], int] = {}

    def replicate(self, table: Table, _event: str, old: Item | None, new: Item | None) -> None:
        """Send one write of `table` to its other regions, in place of MiniStack's own function."""
        regions = dynamodb._replica_group(table)
        if not regions or table.get(STRONG):
            return
        account, name = _account(table), table["TableName"]
        own = str(table["TableArn"]).split(":")[3]
        item = new if new is not None else old
        if item is None:
            return
        pk = dynamodb._extract_key_val(item.get(table["pk_name"]))
        sk = dynamodb._extract_key_val(item.get(table["sk_name"])) if table["sk_name"] else "__no_sort__"
        # One clock for all regions: real ones use wall clocks, which order writes no better.
        written = next(self._clock)
        self._written[account, own, name, pk, sk] = written
        image = copy.deepcopy(new)
        for region in regions:
            if region != own:
                arrive = functools.partial(self._arrive, account, region, name, (pk, sk), written, image)
                self._later.after(self._delay, arrive)

    def _arrive(
        self, account: str, region: str, name: str, key: tuple[str, str], written: int, image: Item | None
    ) -> None:
        table = dynamodb._tables.get_scoped(account, region, name)
        if table is None or self._written.get((account, region, name, *key), 0) > written:
            return
        self._written[account, region, name, *key] = written
        previous = table["items"].get(key[0], {}).get(key[1])
        if image is not None:
            dynamodb._set_item(table, *key, copy.deepcopy(image))
        elif previous is None:
            return
        else:
            dynamodb._remove_item(table, *key)
        event = "REMOVE" if image is None else "INSERT" if previous is None else "MODIFY"
        with request_scope(account, region):
            dynamodb._emit_stream_event(name, event, previous, image, replicate=False)

    def flush(self) -> None:
        """Let everything that is on its way arrive now."""
        self._later.flush()


_replication = _Replication(1.0)


def flush() -> None:
    """Let every pending replication arrive, before the state is saved."""
    _replication.flush()


def _describe(name: str) -> dict[str, Any]:
    table = dynamodb._tables[name]
    description: dict[str, Any] = _description(name)
    if table.get(STRONG):
        description["MultiRegionConsistency"] = "STRONG"
        description["ItemCount"] = store_of(table).get("ItemCount", 0)
    if table.get(WITNESSES):
        description["GlobalTableWitnesses"] = [
            {"RegionName": region, "WitnessStatus": "ACTIVE"} for region in table[WITNESSES]
        ]
    return description


def _load(data: dict[str, Any]) -> None:
    _restore(data)
    # Each region's table was saved with a copy of the items.
    for (account, region, name), table in dynamodb._tables.all_items():
        if table.get(STRONG) and table[HOME] == region:
            share_items(account, name, region, [r for r in dynamodb._replica_group(table) if r != region])


def install(*, delay: float) -> None:
    """Give global tables their consistency; `delay` in seconds is that of eventual ones."""
    global _replication
    _replication = _Replication(delay)
    dynamodb._set_item = lambda table, pk, sk, item: _set_item(store_of(table), pk, sk, item)
    dynamodb._remove_item = lambda table, pk, sk: _remove_item(store_of(table), pk, sk)
    dynamodb._index_members = lambda table: _index_members(store_of(table))
    dynamodb._replicate_write = _replication.replicate
    dynamodb._table_description = _describe
    dynamodb.load_persisted_state = _load
