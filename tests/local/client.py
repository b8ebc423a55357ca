"""A small HTTP client for tests: what was answered, whatever the status."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

Json = Any


@dataclass(frozen=True)
class Answer:
    """What came back; header names are compared without case."""

    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes

    def json(self) -> Json:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def code(self) -> str | None:
        """The problem's code, None when it is no problem of the API's."""
        if self.headers.get("content-type", "").startswith("application/problem+json"):
            code: str = self.json()["code"]
            return code
        return None


class Client:
    """Sends requests to one address, with the same headers each time."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.url = url
        self._headers = dict(headers or {})
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=5, read=40))

    def signed_in(self, token: str) -> "Client":
        """The same, with a bearer token."""
        return Client(self.url, {**self._headers, "authorization": f"Bearer {token}"})

    def __call__(
        self,
        method: str,
        path: str,
        json_body: Json = None,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request."""
        sent = {**self._headers, **(headers or {})}
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent.setdefault("content-type", "application/json")
        answer = self._pool.request(method, self.url + path, body=body, headers=sent, redirect=False)
        return Answer(answer.status, answer.headers, answer.data)
