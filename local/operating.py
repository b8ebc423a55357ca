"""Calling the operator function, as the operators' commands do."""

import json
from collections.abc import Mapping
from typing import Any

from local.aws import Aws
from local.trouble import TroubleError


def operate(aws: Aws, region: str, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """What it answers; raises TroubleError when it fails."""
    answer = aws.functions(region).invoke(FunctionName=function, Payload=json.dumps(event).encode())
    result: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise TroubleError(f"The operator function of {region} failed: {json.dumps(result)}")
    return result


def pending(aws: Aws, region: str, function: str) -> dict[str, int]:
    """Return the numbers of messages, uploads and due items that wait."""
    result = operate(aws, region, function, {"do": "pending"})
    return {name: int(result[name]) for name in ("notices", "uploads", "due")}
