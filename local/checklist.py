"""The checklist that is printed while everything starts."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

CLEAR_LINE = "\r\x1b[K"


class Checklist:
    """A line with its duration for each step that is done; on a terminal also what is being done."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._current: list[str] = []
        self._started = time.monotonic()

    @contextmanager
    def step(self, doing: str, done: str) -> Iterator[None]:
        """A step of which only one line is known beforehand."""
        started = time.monotonic()
        with self.doing(doing):
            yield
        self.done(done, time.monotonic() - started)

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Something that has no line of its own when it is done."""
        self._current.append(what)
        self._show_current()
        try:
            yield
        finally:
            self._current.remove(what)

    def done(self, what: str, seconds: float) -> None:
        """A line for a step that took this long."""
        self._clear()
        self.say(f"✓ {what}  {seconds:.1f} s")
        self._show_current()

    def say(self, line: str = "") -> None:
        """A line as it is."""
        self._clear()
        print(line, file=self._out, flush=True)

    @property
    def elapsed(self) -> float:
        """Seconds since the first step."""
        return time.monotonic() - self._started

    def _show_current(self) -> None:
        if self._current and self._out.isatty():
            self._out.write(f"{CLEAR_LINE}… {self._current[-1]}")
            self._out.flush()

    def _clear(self) -> None:
        if self._out.isatty():
            self._out.write(CLEAR_LINE)
