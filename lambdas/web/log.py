"""One structured line per request, without anything that says who asked or for whom."""

import traceback
from typing import Any

from aws_lambda_powertools import Logger

logger = Logger()


def log_request(*, fault: BaseException | None, **fields: Any) -> None:
    """Log what was asked and how it went; of a fault only its kind and place, as messages may quote."""
    if fault is None:
        logger.info("request", **fields)
    else:
        logger.error("request", **fields, **describe(fault))


def describe(fault: BaseException) -> dict[str, Any]:
    """The kind of a fault, AWS's own code if it has one, and where it happened."""
    described: dict[str, Any] = {"fault": type(fault).__name__}
    response = getattr(fault, "response", None)
    if isinstance(response, dict):
        described["aws_code"] = response.get("Error", {}).get("Code")
    frames = traceback.extract_tb(fault.__traceback__)
    described["frames"] = [f"{one.filename}:{one.lineno} {one.name}" for one in frames[-8:]]
    return described
