"""Somebody who registers."""

import uuid
from dataclasses import dataclass

from tests.local.client import Answer, Client

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Registered:
    """A user whom a test registered, with the client that is signed in as this user."""

    id: str
    email: str
    client: Client


def any_email() -> str:
    return f"{uuid.uuid4().hex[:12]}@example.net"


def any_key() -> str:
    return uuid.uuid4().hex


def register(client: Client, email: str, **fields: str) -> Answer:
    """Ask for an account."""
    body = {"email": email, "password": PASSWORD, "name": "Any Name", **fields}
    return client("POST", "/api/v1/users", body, headers={"idempotency-key": any_key()})


def log_in(client: Client, email: str, password: str = PASSWORD) -> Answer:
    """Ask for a session."""
    return client("POST", "/api/v1/sessions", {"email": email, "password": password})


def any_registered(client: Client, **fields: str) -> Registered:
    """Register somebody and log in."""
    email = any_email()
    answer = register(client, email, **fields)
    assert answer.status == 201, answer.text
    session = log_in(client, email)
    assert session.status == 201, session.text
    return Registered(answer.json()["id"], email, client.signed_in(session.json()["token"]))
