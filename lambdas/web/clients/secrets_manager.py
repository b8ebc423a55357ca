"""Clients for secrets."""

from typing import TYPE_CHECKING, cast

from web.budget import limit
from web.clients.config import REQUEST
from web.clients.session import session

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def secrets_manager() -> "SecretsManagerClient":
    """A client for the secrets of this region."""
    client = cast("SecretsManagerClient", session().create_client("secretsmanager", config=REQUEST))
    limit(client)
    return client
