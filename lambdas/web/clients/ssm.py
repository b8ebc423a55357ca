"""Clients for parameters."""

from typing import TYPE_CHECKING, cast

from web.clients.config import ONCE
from web.clients.session import session

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def parameters() -> "SSMClient":
    """A client for the parameters of this region."""
    return cast("SSMClient", session().create_client("ssm", config=ONCE))
