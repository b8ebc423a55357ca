"""The one matcher of all snapshots."""

import json
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.types import SerializableData, SerializedData

WIDTH = 110


class ReadableJson(SingleFileSnapshotExtension):
    """One JSON file for each test; what fits into a line stands in one."""

    file_extension = "json"
    _write_mode = WriteMode.TEXT

    def serialize(self, data: SerializableData, **_: Any) -> SerializedData:
        return _lines(data) + "\n"


@pytest.fixture
def snapshot_json(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compares with `__snapshots__/<module>/<test>.json`."""
    return snapshot.use_extension(ReadableJson)


def _lines(value: Any, indent: int = 0) -> str:
    line = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(line) + indent <= WIDTH or not value or not isinstance(value, dict | list):
        return line
    inner, outer = " " * (indent + 2), " " * indent
    if isinstance(value, list):
        parts = [inner + _lines(each, indent + 2) for each in value]
        return "[\n" + ",\n".join(parts) + f"\n{outer}]"
    parts = [f"{inner}{json.dumps(key)}: {_lines(value[key], indent + 2)}" for key in sorted(value)]
    return "{\n" + ",\n".join(parts) + f"\n{outer}}}"
