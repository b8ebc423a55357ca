"""What the functions log, to be read back."""

import io
import json
import logging
from typing import Any

#: Of the line of every request.
FIELDS = {"request_id", "region", "route", "status", "duration_ms", "outcome"}


class Log:
    """What was logged since the last time it was cleared."""

    def __init__(self, handler: "logging.StreamHandler[Any]") -> None:
        self._handler = handler
        self.clear()

    def clear(self) -> None:
        """Forget what was logged so far."""
        self._handler.stream = io.StringIO()  # not `setStream`, which flushes one that may be closed

    @property
    def text(self) -> str:
        return str(self._handler.stream.getvalue())

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]
