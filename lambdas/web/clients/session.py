"""What all clients share."""

from functools import cache
from typing import TYPE_CHECKING

from botocore.session import Session, get_session

if TYPE_CHECKING:
    from botocore.credentials import Credentials


@cache
def session() -> Session:
    """The session of all clients: what they share is loaded once."""
    return get_session()


def credentials() -> "Credentials | None":
    """The function's own credentials."""
    return session().get_credentials()
