"""Making somebody an administrator, by the operator function of whichever region answers."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import ONE_LONG_TRY, Cloud
from twinhull.ops.deployment import Deployment, Region
from twinhull.ops.trouble import Exit, TroubleError, UnreachableError, explained

FUNCTION = "operator"

#: Codes of the function that the other region may not give.
_TEMPORARY = frozenset({"unavailable", "write-conflict"})


def appoint(cloud: Cloud, deployment: Deployment, email: str) -> str:
    """Give a registered user the role `admin`; the region that did it. Doing it again changes nothing.

    :raises TroubleError: there is no such user, or no region answers.
    """
    silent = []
    for region in deployment.regions:
        try:
            code = _invoke(cloud, region, email)
        except UnreachableError as trouble:
            silent.append(f"{region.name}: {trouble}")
            continue
        if code in _TEMPORARY:
            silent.append(f"{region.name}: it cannot write ({code}).")
            continue
        if code:
            raise _refusal(code, email, deployment)
        return region.name
    raise TroubleError("unavailable", " ".join(["No region could do it.", *silent]))


def _invoke(cloud: Cloud, region: Region, email: str) -> str | None:
    """The code of the refusal, if it was refused."""
    name = region.functions[FUNCTION]
    payload = json.dumps({"do": "appoint", "email": email}).encode()
    try:
        answer = cloud.client("lambda", region.name, ONE_LONG_TRY).invoke(FunctionName=name, Payload=payload)
        result: Any = json.loads(answer["Payload"].read())
    except (BotoCoreError, ClientError) as error:
        raise explained(error, f"invoking the operator function in {region.name}") from error
    if "FunctionError" in answer:
        raise UnreachableError(f"The operator function failed ({result.get('errorType', 'unknown')}).")
    return None if result.get("ok") else str(result.get("code"))


def _refusal(code: str, email: str, deployment: Deployment) -> TroubleError:
    if code == "not-found":
        return TroubleError(
            code,
            f"Nobody is registered as {email}: they register at {deployment.url} first, with a password of "
            "their own; then run this again. (A deleted user is restored first.)",
        )
    if code == "invalid":
        return TroubleError(code, f"{email} is no e-mail address.", Exit.USAGE)
    return TroubleError(code, f"{email} was not made an administrator ({code}).")
