"""What happens a while after a request, on the loop that serves requests."""

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Callable

from ministack import app


class Later:
    """Calls that are due after some seconds, in the order in which they are due."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._pending: OrderedDict[int, tuple[asyncio.TimerHandle, Callable[[], None]]] = OrderedDict()

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        """Do it in so many seconds."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # one of MiniStack's own threads, such as the one that expires items
            app._MAIN_LOOP.call_soon_threadsafe(self.after, seconds, do)
            return
        number = next(self._numbers)

        def run() -> None:
            self._pending.pop(number, None)
            do()

        self._pending[number] = (loop.call_later(seconds, run), do)

    def flush(self) -> None:
        """Do all of it now."""
        while self._pending:
            _, (timer, do) = self._pending.popitem(last=False)
            timer.cancel()
            do()
