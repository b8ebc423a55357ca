"""A program that loses nothing when a region is lost: it registers somebody and edits the profile.

    make up                                    # in another terminal
    .venv/bin/python examples/client.py        # or with the address of another page

Lose a region meanwhile and run it again: each line says which region answered, and at which attempt.
"""

import asyncio
import sys
import uuid

import aiohttp

from twinhull.ops.client import Answer, Client


async def main(page: str) -> None:
    """Register, log in, edit, read."""
    email, password = f"{uuid.uuid4().hex[:12]}@example.com", uuid.uuid4().hex
    async with aiohttp.ClientSession() as session:
        client = Client(session, f"{page}/api/v1")
        body = {"email": email, "password": password, "name": "Ada"}
        show("registered", await client("POST", "/users", body), 201)
        log_in = await client("POST", "/sessions", {"email": email, "password": password})
        show("logged in", log_in, 201)
        ada = client.signed_in(log_in.json()["token"])
        show("edited", await ada("PATCH", "/users/me", {"name": "Ada Lovelace"}), 200)
        me = await ada("GET", "/users/me")
        show(f"read: {me.json()['name']}", me, 200)


def show(what: str, answer: Answer, expected: int) -> None:
    """Say who answered, or give up."""
    if answer.status != expected:
        sys.exit(f"✗ {what}: {answer.status} {answer.code or ''}")
    print(f"✓ {what}: by {answer.region}, attempt {len(answer.attempts)}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080"))
