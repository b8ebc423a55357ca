"""The deployed functions behind a gateway that routes as the HTTP API does, over moto."""

import base64
import importlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

import boto3

from files.store import OWNED, UPLOADS
from notices import due
from notices.model import NoticeKind
from tests.lambdas.builders import NAMESPACE, any_email, any_name, any_password
from users.listing import ORDERS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).resolve().parents[2]
REGION, PEER = "us-west-2", "us-east-1"
TABLE = "users"
THROTTLES = "throttles"
QUEUE = f"https://sqs.{REGION}.amazonaws.com/123456789012/notices"
ORIGIN = "what-only-the-edge-knows"
HOST = "d111111abcdef8.cloudfront.net"
OPENAPI = json.loads((ROOT / "lambdas" / "openapi.json").read_text())
BASE = OPENAPI["servers"][0]["url"]
PROFILE = ["email", "name", "role", "locale", "registered_at", "verified_at", "deleted_at", "document"]
UPLOAD = ["kind", "filename", "content_type", "size", "created_at", "state", "reason", "rev"]
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION,
    "DEPLOYMENT": "twinhull",
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "TABLE_NAME": TABLE,
    "EARLIER_TABLES": f"{TABLE}-at-",
    "THROTTLES_TABLE": THROTTLES,
    "USER_NAMESPACE": str(NAMESPACE),
    "KEYS_SECRET": "twinhull/keys",
    "ROTATION_DAYS": "90",
    "ORIGIN_SECRET": "twinhull/origin",
    "NOTIFIER_QUEUE": QUEUE,
    "ARRIVALS_QUEUE": QUEUE,
    "PAGE_PARAMETER": "/twinhull/page",
    "MAIL_INTERVAL_MS": "1",
    "UPLOADS_BUCKET": f"uploads-{REGION}",
    "UPLOADS_URL": f"https://uploads-{REGION}.s3.{REGION}.amazonaws.com",
    "PEER_REGION": PEER,
    "PEER_UPLOADS_BUCKET": f"uploads-{PEER}",
    "PEER_UPLOADS_URL": f"https://uploads-{PEER}.s3.{PEER}.amazonaws.com",
}


@dataclass(frozen=True)
class Reply:
    """What the gateway sends back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        assert self.headers["content-type"] == "application/problem+json", self
        return str(self.json["code"])


@dataclass(frozen=True)
class Person:
    """Somebody who has registered and logged in."""

    id: str
    email: str
    password: str
    token: str
    name: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


@dataclass
class Api:
    """Sends requests to the functions."""

    apps: Mapping[str, Callable[[Any, Any], Any]]
    operator: Callable[[Any, Any], Any]
    dynamodb: "DynamoDBClient"
    modules: Mapping[str, Any] = field(default_factory=dict)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | str = "",
        raw: bytes | None = None,
        form: Mapping[str, str] | None = None,
        by: Person | None = None,
        key: str | None = None,
        **changes: Any,
    ) -> Reply:
        sent = {"x-origin-verify": ORIGIN, "x-viewer-host": HOST, **(by.bearer if by else {})}
        event: dict[str, Any] = {}
        if raw is not None:
            event |= {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}
        elif form is not None:
            sent["content-type"] = "application/x-www-form-urlencoded"
            event |= {"body": base64.b64encode(urlencode(form).encode()).decode(), "isBase64Encoded": True}
        elif body is not None:
            event |= {"body": json.dumps(body), "isBase64Encoded": False}
        if raw is not None or body is not None:
            sent["content-type"] = "application/json"
        if key:
            sent["idempotency-key"] = key
        sent |= headers or {}
        event = (
            event
            | route(method, path)
            | {
                "version": "2.0",
                "headers": sent,
                "rawPath": BASE + path,
                "rawQueryString": query if isinstance(query, str) else urlencode(query),
            }
            | changes
        )
        reply = self.send(event)
        assert is_documented(event["routeKey"], reply), reply
        return reply

    def send(self, event: dict[str, Any]) -> Reply:
        """Any event, sane or not, to the function that its route key names."""
        answer = self.apps[served_by(event.get("routeKey"))](event, None)
        return Reply(answer["statusCode"], answer["headers"], answer["body"])

    def register(self, **fields: Any) -> Reply:
        return self(
            "POST", "/users", {"email": any_email(), "password": any_password(), "name": any_name(), **fields}
        )

    def log_in(self, email: str, password: str) -> Reply:
        return self("POST", "/sessions", {"email": email, "password": password})

    def somebody(self) -> Person:
        email, password = any_email(), any_password()
        assert self.register(email=email, password=password).status == 201
        session = self.log_in(email, password).json
        user = session["user"]
        return Person(
            id=user["id"], email=email, password=password, token=session["token"], name=user["name"]
        )

    def admin(self) -> Person:
        person = self.somebody()
        assert self.operator({"do": "appoint", "email": person.email}, None) == {"ok": True}
        return person

    def link(self, person: Person, kind: NoticeKind) -> str:
        """The token of the link in a notice that waits to be sent, as its sender makes it."""
        realm = self.modules["accounts"].handler._services.realm
        user = realm.store.get(person.id)
        [notice] = [one for one in user.outbox.values() if one.kind == kind]
        return str(realm.tokens.make(user.id, notice.id, notice.kid))

    def items(self) -> list[dict[str, Any]]:
        return self.dynamodb.scan(TableName=TABLE, ConsistentRead=True)["Items"]


def route(method: str, path: str) -> dict[str, Any]:
    """How the HTTP API routes: the most specific path first, `$default` when no operation has this method."""
    context = {"requestId": f"request-{method.lower()}", "http": {"method": method, "path": BASE + path}}
    for template in sorted(OPENAPI["paths"], key=lambda one: one.count("{")):
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
        known = "get" if method == "HEAD" else method.lower()
        if known in OPENAPI["paths"][template] and (match := re.fullmatch(pattern, path)):
            parameters = {name: unquote(value) for name, value in match.groupdict().items()}
            return {
                "routeKey": f"{method} {BASE}{template}",
                "requestContext": context,
                "pathParameters": parameters or None,
            }
    return {"routeKey": "$default", "requestContext": context, "pathParameters": None}


def is_documented(route_key: str, reply: Reply) -> bool:
    """Whether openapi.json says that this route answers with this status and code."""
    if route_key == "$default":
        return True
    method, _, path = route_key.replace("HEAD ", "GET ").partition(" ")
    answer = OPENAPI["paths"][path.removeprefix(BASE)][method.lower()]["responses"].get(str(reply.status), {})
    if "$ref" not in answer:
        return bool(answer)
    problem = OPENAPI["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    content = problem["content"]["application/problem+json"]["schema"]["allOf"]
    return (
        not reply.text  # of a HEAD
        or "json" not in reply.headers["content-type"]
        or reply.code in content[1]["properties"]["code"]["enum"]
    )


def served_by(route_key: object) -> str:
    """The function behind a route key; health is the API's default."""
    method, _, path = str(route_key).replace("HEAD ", "GET ").partition(" ")
    operations = OPENAPI["paths"].get(path.removeprefix(BASE), {})
    return str(operations.get(method.lower(), {}).get("x-function", "health"))


@contextmanager
def watching(client: Any, event: str, do: Callable[..., object]) -> Iterator[None]:
    """Let ``do`` happen at an event of an AWS client."""
    client.meta.events.register(event, do)
    try:
        yield
    finally:
        client.meta.events.unregister(event, do)


def load(function: str) -> Any:
    """A function's handler module, initialised in the environment as it is now."""
    name = f"functions.{function}.handler"
    sys.modules.pop(name, None)
    return importlib.import_module(name)


def create_throttles(name: str) -> None:
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )


def create_table(name: str) -> "DynamoDBClient":
    client = boto3.client("dynamodb", region_name=REGION)
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in (
                "pk",
                "sk",
                "listed",
                due.SHARD,
                due.AT,
                "owner",
                "uploads",
                "uploaded_key",
                *(order.attribute for order in ORDERS.values()),
            )
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": name,
                "KeySchema": [
                    {"AttributeName": partition, "KeyType": "HASH"},
                    {"AttributeName": order, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": projected},
            }
            for name, partition, order, projected in (
                *((one.index, "listed", one.attribute, PROFILE) for one in ORDERS.values()),
                (due.INDEX, due.SHARD, due.AT, ["outbox", "state"]),
                (OWNED, "owner", "uploaded_key", UPLOAD),
                (UPLOADS, "uploads", "uploaded_key", ["owner", *UPLOAD]),
            )
        ],
    )
    return client
