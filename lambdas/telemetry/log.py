"""One structured line per call, without anything that says who asked or for whom.

    with one_line("sweep", request_id=context.aws_request_id) as line:
        line["taken"] = len(taken)

An e-mail address, a name, a token or an id never stands in a line: ids are derived from addresses.
"""

import os
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger

from telemetry import metrics

logger = Logger()


class Failed(Exception):  # noqa: N818
    """Takes the place of a fault, whose message may quote somebody: the runtime logs what is raised."""


def log_call(message: str, *, fault: BaseException | None, **fields: Any) -> None:
    """Log what was asked and how it went, with what was counted; of a fault only its kind and place."""
    fields |= metrics.take()
    if fault is None:
        logger.info(message, **fields)
    else:
        logger.error(message, **fields, **describe(fault))


@contextmanager
def one_line(message: str, **fields: Any) -> Iterator[dict[str, Any]]:
    """Log one line about the block when it ends, with its region, outcome and duration.

    What is written into the dictionary is part of the line.

    :raises Failed: the block raised something; the line says what and where.
    """
    line: dict[str, Any] = {"region": os.environ.get("AWS_REGION"), "outcome": "ok", **fields}
    started = time.perf_counter()
    fault: Exception | None = None
    try:
        yield line
    except Exception as error:
        fault = error
        line["outcome"] = "unexpected"
        raise Failed(type(error).__name__) from None
    finally:
        log_call(message, fault=fault, duration_ms=round((time.perf_counter() - started) * 1000, 1), **line)


def describe(fault: BaseException) -> dict[str, Any]:
    """The kind of a fault, AWS's own code if it has one, and where it happened."""
    described: dict[str, Any] = {"fault": type(fault).__name__}
    response = getattr(fault, "response", None)
    if isinstance(response, dict):
        described["aws_code"] = response.get("Error", {}).get("Code")
    frames = traceback.extract_tb(fault.__traceback__)
    described["frames"] = [f"{one.filename}:{one.lineno} {one.name}" for one in frames[-8:]]
    return described
