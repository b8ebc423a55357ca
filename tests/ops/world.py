"""A deployment with an edge, two APIs and what AWS says of them, without AWS: the edge and the APIs are one
server on this machine, the services are objects.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment

EAST, WEST = "us-east-1", "us-west-2"
ARN = "arn:aws:cloudfront::111122223333:key-value-store/any"
READY = "/api/v1/health/ready"
AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def refusal(code: str, message: str = "said by AWS", status: int = 400) -> ClientError:
    """An error that AWS answers with."""
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "Any")


def silence() -> EndpointConnectionError:
    """What a client raises when a service cannot be reached."""
    return EndpointConnectionError(endpoint_url="https://any.example")


class Store:
    """The key-value store. ``before_write`` happens when somebody is about to write it."""

    def __init__(self) -> None:
        self.drained: str | None = None
        self.version = 1
        self.before_write: list[Callable[[], None]] = []
        self.after_write: list[Callable[[], None]] = []
        self.writes = 0
        self.fault: Exception | None = None

    def describe_key_value_store(self, KvsARN: str) -> dict[str, Any]:  # noqa: N803
        if self.fault:
            raise self.fault
        assert KvsARN == ARN
        return {"ETag": str(self.version), "LastModified": AT}

    def get_key(self, KvsARN: str, Key: str) -> dict[str, str]:  # noqa: N803
        assert (KvsARN, Key) == (ARN, "drained")
        if self.drained is None:
            raise refusal("ResourceNotFoundException", status=404)
        return {"Value": self.drained}

    def put_key(self, KvsARN: str, Key: str, Value: str, IfMatch: str) -> None:  # noqa: N803
        assert (KvsARN, Key) == (ARN, "drained")
        self._write(Value, IfMatch)

    def delete_key(self, KvsARN: str, Key: str, IfMatch: str) -> None:  # noqa: N803
        assert (KvsARN, Key) == (ARN, "drained")
        self._write(None, IfMatch)

    def set(self, region: str | None) -> None:
        """As somebody else changes it."""
        self.drained, self.version = region, self.version + 1

    def _write(self, value: str | None, version: str) -> None:
        if self.before_write:
            self.before_write.pop(0)()
        if version != str(self.version):
            raise refusal("ConflictException", status=409)
        self.writes += 1
        self.set(value)
        if self.after_write:
            self.after_write.pop(0)()


class Table:
    """A region's table, which takes items or refuses."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.keys: list[tuple[str, str]] = []

    def update_item(self, **arguments: Any) -> None:
        if self.fault:
            raise self.fault
        self.keys.append((arguments["Key"]["pk"]["S"], arguments["Key"]["sk"]["S"]))


class Secrets:
    """One region's copy of the secret. ``copies`` is where a write arrives; ``text`` is what it holds if that
    is no JSON of ours; ``refuses`` is raised by writes, ``fault`` by reads.
    """

    def __init__(self, content: dict[str, str]) -> None:
        self.content = content
        self.copies: list[Secrets] = [self]
        self.text: str | None = None
        self.fault: Exception | None = None
        self.refuses: Exception | None = None

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
        assert SecretId == "shop/origin"
        if self.fault:
            raise self.fault
        return {"SecretString": json.dumps(self.content) if self.text is None else self.text}

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:  # noqa: N803
        assert SecretId == "shop/origin"
        if self.refuses:
            raise self.refuses
        for copy in self.copies:
            copy.content = json.loads(SecretString)


class Functions:
    """A region's Lambda: what runs behind each alias."""

    def __init__(self) -> None:
        self.code: dict[str, str] = {}

    def get_function_configuration(self, FunctionName: str, Qualifier: str) -> dict[str, Any]:  # noqa: N803
        assert Qualifier == "live"
        noun = FunctionName.rpartition(":")[2]
        code = self.code.get(noun, "same-everywhere")
        return {"Version": "7", "CodeSha256": code, "LoggingConfig": {"LogGroup": f"/logs/{noun}"}}


class Logs:
    """A region's logs: what the watchdog wrote."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def get_paginator(self, operation: str) -> "Logs":
        assert operation == "filter_log_events"
        return self

    def paginate(self, logGroupName: str, **_: Any) -> list[dict[str, Any]]:  # noqa: N803
        assert logGroupName == "/logs/watchdog"
        start = round(AT.timestamp() * 1000)
        return [{"events": []}] + [
            {"events": [{"timestamp": start + 60_000 * number, "message": line}]}
            for number, line in enumerate(self.lines)
        ]


class Formation:
    """A region's CloudFormation: the outputs of its stacks."""

    def __init__(self, stacks: dict[str, dict[str, str]]) -> None:
        self.stacks = stacks

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        if StackName not in self.stacks:
            raise refusal("ValidationError", f"Stack with id {StackName} does not exist")
        pairs = self.stacks[StackName].items()
        return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in pairs]}]}


@dataclass
class World:
    """What there is, and how it is; ``asked`` are the services that were asked, with their region.

    ``status`` is what a region's API answers (None: nothing useful, as CloudFront's own page would be).
    ``lag`` is how many requests the edge answers by what the store said before. ``knows_only`` are the values
    that a region's functions remember, if not those of the secret.
    """

    url: str
    store: Store = field(default_factory=Store)
    status: dict[str, int | None] = field(default_factory=lambda: {EAST: 200, WEST: 200})
    edge_value: str = "value-of-a"
    page: int = 200
    tables: dict[str, Table] = field(default_factory=lambda: {EAST: Table(), WEST: Table()})
    secrets: dict[str, Secrets] = field(default_factory=dict)
    lag: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    services: dict[tuple[str, str], Any] = field(default_factory=dict)
    silent: set[tuple[str, str]] = field(default_factory=set)
    probes: list[str] = field(default_factory=list)
    knows_only: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.secrets = {region: Secrets({"a": "value-of-a"}) for region in (EAST, WEST)}
        for region in (EAST, WEST):
            here = {name: each for name, each in outputs().items() if name.endswith(region)}
            edge = {"shop-edge": outputs()["shop-edge"]} if region == EAST else {}
            self.services |= {
                ("lambda", region): Functions(),
                ("logs", region): Logs(),
                ("cloudformation", region): Formation(here | edge),
            }
        self._obeyed = self.store.drained

    @property
    def cloud(self) -> Cloud:
        """Where it all is."""
        return Cloud(
            session=lambda: self,  # type: ignore[arg-type,return-value]
            api_url=lambda region, _domain: f"{self.url}/{region}",
            page_url=lambda _url: f"{self.url}/edge",
        )

    @property
    def deployment(self) -> Deployment:
        """As its outputs describe it."""
        return Deployment.of("shop", outputs())

    def reaches(self) -> set[str | None]:
        """The regions whose APIs accept what the edge sends."""
        answers = [self._region(region, "GET", self.edge_value) for region in (EAST, WEST)]
        return {region for status, region in answers if status == 200}

    def client(self, service: str, *, region_name: str, **_: Any) -> Any:
        """What a session makes."""
        self.asked.append((service, region_name))
        if (service, region_name) in self.silent:
            return Silent()
        if service == "cloudfront-keyvaluestore":
            return self.store
        if service == "dynamodb":
            return self.tables[region_name]
        if service == "secretsmanager":
            return self.secrets[region_name]
        return self.services[service, region_name]

    def answer(self, method: str, path: str, headers: Any) -> tuple[int, str | None]:
        """The status of an answer, and the region that gave it."""
        place = path.split("/")[1]
        if place in self.status:
            return self._region(place, method, headers["x-origin-verify"])
        if path == "/edge/":
            return self.page, None
        self.probes.append(f"{method} {path}")
        if self.lag:
            self.lag -= 1
        else:
            self._obeyed = self.store.drained
        region = WEST if headers["x-avoid-region"] == EAST else EAST
        if self._obeyed == region:
            region = WEST if region == EAST else EAST
        if self.status[region] is None and method == "GET":
            region = WEST if region == EAST else EAST
        return self._region(region, method, self.edge_value)

    def _region(self, region: str, method: str, value: str) -> tuple[int, str | None]:
        status = self.status[region]
        if status is None:
            return 502, None
        content = self.secrets[region].content
        if value not in self.knows_only.get(region, {content[key] for key in ("a", "b") if key in content}):
            return 403, region
        return (status if method == "GET" else 405), region


class Silent:
    """A service that cannot be reached."""

    def __getattr__(self, operation: str) -> Any:
        def fail(*_: Any, **__: Any) -> None:
            raise silence()

        return fail


def outputs() -> dict[str, dict[str, str]]:
    """The outputs of the stacks of a deployment."""

    def compute(region: str) -> dict[str, str]:
        return {
            "ApiDomain": f"any.execute-api.{region}.amazonaws.com",
            "TableName": "shop-users",
            "OperatorFunction": f"arn:aws:lambda:{region}:111122223333:function:operator:live",
            "HealthFunction": f"arn:aws:lambda:{region}:111122223333:function:health:live",
        }

    def watch(region: str) -> dict[str, str]:
        alias = f"arn:aws:lambda:{region}:111122223333:function:watchdog:live"
        return {"WatchdogFunction": alias, "WatchdogMode": "report"}

    return {
        "shop-edge": {
            "Url": "https://any.cloudfront.net",
            "DistributionId": "ANY",
            "KeyValueStoreArn": ARN,
            "OriginSecret": "shop/origin",
            "ReadinessPath": READY,
            "Regions": f"{EAST},{WEST}",
        },
        f"shop-compute-{EAST}": compute(EAST),
        f"shop-compute-{WEST}": compute(WEST),
        f"shop-watch-{EAST}": watch(EAST),
        f"shop-watch-{WEST}": watch(WEST),
    }


@contextmanager
def served() -> Iterator[World]:
    """A world whose addresses answer."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, region = world.answer(self.command, self.path, self.headers)
            self.send_response(status)
            if region:
                self.send_header("x-served-region", region)
            self.send_header("content-length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    world = World(url=f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
