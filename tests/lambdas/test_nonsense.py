"""Nonsense is answered, never with a fault of ours."""

import base64
import random
from typing import Any

import pytest

from tests.lambdas.api import BASE, HOST, OPENAPI, ORIGIN, Api, route

TEXTS = [
    "",
    " ",
    "\x00",
    "\ud800",
    "\U0010ffff",
    "null",
    "[]",
    "{}",
    '{"email":',
    '{"email": 1e999, "password": -0, "name": {"a": [1, 2, {"b": null}]}}',
    '{"email": "\\ud800@x.com", "password": "\\udfff\\udfff\\udfff\\udfff", "name": "\\u0000"}',
    '{"email": "a@b.com", "password": "\\ud83d\\ude00\\ud83d\\ude00", "name": "x"}',
    '{"\\ud800": 1, "": 2, "/~": 3}',
    '{"email": ' + "[" * 500 + "]" * 500 + "}",
    "[" * 20000,
    '{"a":' * 5000 + "1" + "}" * 5000,
    "9" * 5000,
    "%",
    "%ff%fe",
    "a=b&a=c&=&&",
    "'; DROP TABLE users; --",
    "../../../etc/passwd",
    "{{7*7}}",
    "x" * 70000,
    "Bearer",
    "Bearer eyJhbGciOiJub25lIn0.e30.",
    "Bearer " + "." * 2000,
    "__Host-session=; __Host-session=\ud800; =; ;;",
    "usr_" + "0" * 36,
    "https://[",
    "text/html;q=é",
    "text/html",
    "zh-CN;q=1.0000",
    "application/json; charset=\udcff",
    "application/x-www-form-urlencoded",
]
VALUES: list[Any] = [None, True, 0, -1, 1.5, [], {}, [[]], {"a": None}, *TEXTS]
HEADERS = [
    "accept",
    "accept-language",
    "authorization",
    "content-type",
    "cookie",
    "idempotency-key",
    "origin",
    "sec-fetch-site",
    "x-viewer-host",
    "x-origin-verify",
]
ROUTES = [(method.upper(), path) for path, methods in OPENAPI["paths"].items() for method in methods]


def nonsense(chance: random.Random, token: str) -> dict[str, Any]:
    method, path = chance.choice([*ROUTES, ("PUT", "/users"), ("GET", "/x")])
    path = path.replace("{id}", chance.choice(["me", "x", "%00", "usr_" + "0" * 36]))
    headers: dict[str, Any] = {
        "x-origin-verify": ORIGIN,
        "x-viewer-host": HOST,
        "content-type": "application/json",
        "authorization": f"Bearer {token}",
    }
    for name in chance.sample(HEADERS, chance.randrange(4)):
        headers[name] = chance.choice(TEXTS)
    text = chance.choice(TEXTS)
    event: dict[str, Any] = {
        **route(method, path),
        "headers": headers,
        "rawPath": BASE + path,
        "rawQueryString": chance.choice(["", "", "limit=1", "limit=1&cursor=x", *TEXTS]),
        "body": text,
        "isBase64Encoded": False,
    }
    if chance.random() < 0.3:
        event["isBase64Encoded"] = True
        event["body"] = base64.b64encode(chance.randbytes(chance.randrange(60))).decode()
    for name in chance.sample(sorted(event), chance.choice([0, 0, 1, 2])):
        event[name] = chance.choice(VALUES)
    if chance.random() < 0.05:
        del event[chance.choice(sorted(event))]
    return event


@pytest.mark.parametrize("seed", range(10))
def should_never_answer_nonsense_with_a_fault_of_ours(api: Api, seed: int) -> None:
    chance = random.Random(seed)
    token = api.admin().token
    statuses = set()
    for _ in range(200):
        event = nonsense(chance, token)
        reply = api.send(event)
        statuses.add(reply.status)
        assert reply.status < 500, event
        reply.text.encode()
        for value in reply.headers.values():
            assert value.isprintable()
            value.encode("latin-1")
    assert statuses >= {400, 403, 404}


@pytest.mark.parametrize("event", [{}, None, [], "text", 5, {"headers": {"x-origin-verify": ORIGIN}}])
@pytest.mark.parametrize("function", ["accounts", "directory", "health"])
def should_answer_what_is_no_event(api: Api, function: str, event: Any) -> None:
    answer = api.apps[function](event, None)
    assert answer["statusCode"] == (404 if event and isinstance(event, dict) else 403)
