"""Calling a function of the app that no route leads to."""

import json
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import ONE_LONG_TRY, Cloud
from twinhull.ops.deployment import Deployment, Region
from twinhull.ops.trouble import TroubleError, UnreachableError, explained

#: The function that does for operators what needs the domain.
OPERATOR: Final = "operator"

#: Its codes that another attempt, or the other region, may not give.
TEMPORARY: Final = frozenset({"unavailable", "write-conflict"})


def call(cloud: Cloud, region: Region, event: Mapping[str, Any]) -> dict[str, Any]:
    """What the operator function of a region answers: `{"ok": true, …}` or `{"ok": false, "code": …}`.

    :raises UnreachableError: it gives no answer.
    """
    name = region.functions[OPERATOR]
    try:
        client = cloud.client("lambda", region.name, ONE_LONG_TRY)
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        result: dict[str, Any] = json.loads(answer["Payload"].read())
    except (BotoCoreError, ClientError) as error:
        raise explained(error, f"invoking the operator function in {region.name}") from error
    if "FunctionError" in answer:
        raise UnreachableError(f"The operator function failed ({result.get('errorType', 'unknown')}).")
    return result


def call_any(cloud: Cloud, deployment: Deployment, event: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The first region whose operator function answers for good, and its answer.

    :raises TroubleError: none does.
    """
    silent = []
    for region in deployment.regions:
        try:
            answer = call(cloud, region, event)
        except UnreachableError as trouble:
            silent.append(f"{region.name}: {trouble}")
            continue
        if answer.get("code") in TEMPORARY:
            silent.append(f"{region.name}: it cannot do it now ({answer['code']}).")
            continue
        return region.name, answer
    raise TroubleError("unavailable", " ".join(["No region could do it.", *silent]))
