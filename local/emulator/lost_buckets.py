"""A lost region's buckets, as functions of the other region meet them: they do not answer.

Everything here is served by one process. So each function says in its `User-Agent` in which region it is,
by the variable that SDKs read for this, and is told 503 by the bucket of another region that is lost. What
such a region executes without an answer is executed. Browsers meet the region's front instead.
"""

import re
from typing import Any, Final

from ministack.core.responses import get_region
from ministack.services import s3

from local.emulator.regions import Regions

#: https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html
VARIABLE: Final = "AWS_SDK_UA_APP_ID"

_CALLER = re.compile(r"\bapp/([a-z0-9-]+)")

_handle = s3.handle_request


def install(regions: Regions) -> None:
    """Let buckets behave so."""

    async def handle(method: str, path: str, headers: dict[str, str], *others: Any, **named: Any) -> Any:
        caller = _CALLER.search(headers.get("user-agent", ""))
        region = get_region()
        if caller is None or caller[1] == region or regions.answers(region):
            return await _handle(method, path, headers, *others, **named)
        if regions.is_up(region):
            await _handle(method, path, headers, *others, **named)
        return s3._error("ServiceUnavailable", "Service is unable to handle request.", 503)

    s3.handle_request = handle
