"""Cursors cannot be made up or carried over."""

import pytest

from tests.lambdas.fakes import code_of, keys
from web.cursors import Cursors


def should_read_what_it_wrote_in_either_region() -> None:
    query = {"state": "active"}
    cursor = Cursors(keys()).write("2026-11-23T09:00:00.000Z#usr_王", query)
    assert Cursors(keys()).read(cursor, query) == "2026-11-23T09:00:00.000Z#usr_王"


def should_be_bound_to_its_query() -> None:
    cursors = Cursors(keys())
    cursor = cursors.write("position", {"state": "active"})
    assert code_of(lambda: cursors.read(cursor, {"state": "deleted"})) == "bad-cursor"


@pytest.mark.parametrize("change", ["", "x", "cG9zaXRpb24", "cG9zaXRpb24.a.00", "é.a.é", "....", "\ud800"])
def should_refuse_what_was_made_up(change: str) -> None:
    assert code_of(lambda: Cursors(keys()).read(change, {})) == "bad-cursor"
