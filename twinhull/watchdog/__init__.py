"""The `Watchdog` construct, with the code that it runs."""

from twinhull.watchdog.construct import Watchdog

__all__ = ["Watchdog"]
