"""Cursors: where a walk through a list goes on, bound to the list it was made for, valid in both regions."""

import base64
import json
from collections.abc import Mapping

from web.keys import Keys
from web.problems import Problem


class Cursors:
    """Makes and reads cursors; callers cannot make them up or carry them over to another query."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def write(self, position: str, query: Mapping[str, str]) -> str:
        """An opaque text for a position."""
        packed = base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")
        return f"{packed}.{self._keys.sign(_message(packed, query), 'cursor')}"

    def read(self, cursor: str, query: Mapping[str, str]) -> str:
        """The position, or ``bad-cursor``."""
        packed, _, signature = cursor.partition(".")
        if not self._keys.verify(_message(packed, query), signature, "cursor"):
            raise Problem("bad-cursor")
        return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()


def _message(packed: str, query: Mapping[str, str]) -> bytes:
    return json.dumps([packed, query], sort_keys=True).encode()
