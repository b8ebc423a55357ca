"""The table of alarms, and nothing else: a file for each service that publishes their metrics."""

from typing import Final

from twinhull.alarms import burn
from twinhull.alarms.row import Row
from twinhull.alarms.rows import api, application, edge, functions, mail, queues, regions, tables

ROWS: Final[tuple[Row, ...]] = (
    *functions.ROWS,
    *api.ROWS,
    *burn.ROWS,
    *tables.ROWS,
    *queues.ROWS,
    *mail.ROWS,
    *edge.ROWS,
    *regions.ROWS,
    *application.ROWS,
)
