"""Clients for e-mail."""

from typing import TYPE_CHECKING, cast

from web.clients.config import ONCE
from web.clients.session import session

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


def ses() -> "SESV2Client":
    """A client for the e-mail of this region."""
    return cast("SESV2Client", session().create_client("sesv2", config=ONCE))
