"""Making somebody an administrator, by the operator function of whichever region answers."""

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment
from twinhull.ops.function import call_any
from twinhull.ops.trouble import Exit, TroubleError


def appoint(cloud: Cloud, deployment: Deployment, email: str) -> str:
    """Give a registered user the role `admin`; the region that did it. Doing it again changes nothing.

    :raises TroubleError: there is no such user, or no region answers.
    """
    region, answer = call_any(cloud, deployment, {"do": "appoint", "email": email})
    if not answer["ok"]:
        raise _refusal(str(answer["code"]), email, deployment)
    return region


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
