"""The watchdog: when it drains, and when it must not."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import product
from threading import Thread
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from moto import mock_aws

from twinhull.watchdog import handler as watchdog

PEER, HERE = "us-west-2", "us-east-1"
ARN = "arn:aws:cloudfront::111122223333:key-value-store/any"


class FakeStore:
    """The key-value store: one value and its version."""

    def __init__(self, drained: str | None = None) -> None:
        self.drained = drained
        self.version = 1
        self.between: Callable[[], None] = lambda: None

    def read(self) -> tuple[str, str | None]:
        seen = str(self.version), self.drained
        self.between()
        return seen

    def drained_region(self) -> str | None:
        return self.drained

    def drain(self, region: str, version: str) -> bool:
        if version != str(self.version):
            return False
        self.drained, self.version = region, self.version + 1
        return True


class Scene:
    """A watchdog, and what it did."""

    def __init__(
        self, *probes: bool, enforce: bool = True, writes: bool = True, drained: str | None = None
    ) -> None:
        self.probes = list(probes)
        self.store = FakeStore(drained)
        self.published: list[int] = []
        self.waited: list[float] = []
        self.watchdog = watchdog.Watchdog(
            peer=PEER,
            enforce=enforce,
            probe=lambda: self.probes.pop(0),
            write=lambda: writes,
            publish=self.published.append,
            store=self.store,
            sleep=self.waited.append,
        )


def should_drain_a_peer_that_failed_three_times() -> None:
    scene = Scene(False, False, False)
    assert scene.watchdog.look() == "drained"
    assert scene.store.drained == PEER
    assert scene.published == [0]
    assert scene.waited == [watchdog.PAUSE_SECONDS] * 2


@pytest.mark.parametrize("failures", [0, 1, 2])
def should_take_a_peer_that_answers_in_the_end_for_healthy(failures: int) -> None:
    scene = Scene(*[False] * failures, True)
    assert scene.watchdog.look() == "healthy"
    assert scene.published == [1]
    assert scene.store.drained is None


@pytest.mark.parametrize(
    ("enforce", "writes", "drained"),
    [
        case
        for case in product((True, False), (True, False), (None, PEER, HERE))
        if case != (True, True, None)
    ],
)
def should_drain_under_all_four_conditions_only(enforce: bool, writes: bool, drained: str | None) -> None:
    scene = Scene(False, False, False, enforce=enforce, writes=writes, drained=drained)
    outcome = scene.watchdog.look()
    assert scene.store.drained == drained
    assert scene.published == [0]
    assert outcome == ("unhealthy" if not enforce else "drained-before" if drained else "own-write-failed")


def should_leave_alone_what_somebody_else_changes_at_the_same_moment() -> None:
    scene = Scene(False, False, False)

    def other_watchdog_drains_this_region() -> None:
        scene.store.drained, scene.store.version = HERE, 2

    scene.store.between = other_watchdog_drains_this_region
    assert scene.watchdog.look() == "store-changed"
    assert scene.store.drained == HERE


def should_never_put_a_peer_back_that_comes_and_goes() -> None:
    scene = Scene(False, False, False, True, False, False, False, True)
    outcomes = [scene.watchdog.look() for _ in range(4)]
    assert outcomes == ["drained", "healthy", "drained-before", "healthy"]
    assert scene.store.version == 2


class Peer(BaseHTTPRequestHandler):
    """Answers the readiness check as the server's `status` and `region` say."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.secret = self.headers["x-origin-verify"]
        self.send_response(server.status)
        self.send_header("x-served-region", server.region)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def peer() -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Peer)
    server.status, server.region = 200, PEER
    server.url = f"http://127.0.0.1:{server.server_port}/api/v1/health/ready"
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "region", "healthy"),
    [(200, PEER, True), (200, HERE, False), (429, PEER, False), (500, PEER, False), (503, PEER, False)],
)
def should_call_a_peer_healthy_that_answers_for_itself(
    status: int, region: str, healthy: bool, peer: Any
) -> None:
    peer.status, peer.region = status, region
    assert watchdog.probe(peer.url, PEER, "secret") is healthy
    assert peer.secret == "secret"


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def should_conclude_nothing_from_a_refusal(status: int, peer: Any) -> None:
    peer.status = status
    with pytest.raises(watchdog.UndecidedError, match=str(status)):
        watchdog.probe(peer.url, PEER, "stale")


def should_call_a_peer_lost_that_refuses_connections() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert not watchdog.probe(f"http://127.0.0.1:{taken.getsockname()[1]}/", PEER, "secret")


def should_call_a_peer_lost_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "PROBE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not watchdog.probe(f"http://127.0.0.1:{silent.getsockname()[1]}/", PEER, "secret")


def should_call_a_peer_lost_that_answers_no_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"nonsense\r\n\r\n")

        Thread(target=answer, daemon=True).start()
        assert not watchdog.probe(f"http://127.0.0.1:{server.getsockname()[1]}/", PEER, "secret")


@pytest.fixture
def edge_store() -> Iterator[tuple[Stubber, watchdog.EdgeStore]]:
    client = boto3.client(
        "cloudfront-keyvaluestore", region_name=HERE, aws_access_key_id="any", aws_secret_access_key="any"
    )
    with Stubber(client) as stub:
        yield stub, watchdog.EdgeStore(client, ARN)
        stub.assert_no_pending_responses()


STORE = {"ETag": "v1", "ItemCount": 0, "TotalSizeInBytes": 0, "KvsARN": ARN, "Created": 0, "Status": "READY"}
WRITTEN = {"ETag": "v2", "ItemCount": 1, "TotalSizeInBytes": 9}
PUT = {"KvsARN": ARN, "Key": "drained", "Value": PEER, "IfMatch": "v1"}


def should_read_the_version_before_the_value(edge_store: tuple[Stubber, watchdog.EdgeStore]) -> None:
    """The other way round, a drain between the two would be overwritten."""
    stub, store = edge_store
    stub.add_response("describe_key_value_store", STORE, {"KvsARN": ARN})
    stub.add_response("get_key", {"Key": "drained", "Value": HERE, "ItemCount": 1, "TotalSizeInBytes": 9})
    assert store.read() == ("v1", HERE)


def should_take_an_absent_key_for_nothing_drained(edge_store: tuple[Stubber, watchdog.EdgeStore]) -> None:
    stub, store = edge_store
    stub.add_response("describe_key_value_store", STORE)
    stub.add_client_error("get_key", "ResourceNotFoundException")
    assert store.read() == ("v1", None)


def should_drain_only_the_version_that_was_seen(edge_store: tuple[Stubber, watchdog.EdgeStore]) -> None:
    stub, store = edge_store
    stub.add_response("put_key", WRITTEN, PUT)
    assert store.drain(PEER, "v1")
    stub.add_client_error("put_key", "ConflictException", expected_params=PUT)
    assert not store.drain(PEER, "v1")


def should_raise_what_is_no_conflict(edge_store: tuple[Stubber, watchdog.EdgeStore]) -> None:
    stub, store = edge_store
    stub.add_client_error("put_key", "AccessDeniedException", expected_params=PUT)
    with pytest.raises(Exception, match="AccessDenied"):
        store.drain(PEER, "v1")


@pytest.fixture
def names() -> dict[str, str]:
    """Of their own: moto is one for all tests of a run."""
    return {"secret": f"{uuid4()}/origin", "table": f"{uuid4()}-users"}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, peer: Any, names: dict[str, str]) -> Iterator[None]:
    environment = {
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": HERE,
        "AWS_REGION": HERE,
        "DEPLOYMENT": "shop",
        "KEY_VALUE_STORE": ARN,
        "MODE": "report",
        "ORIGIN_SECRET": names["secret"],
        "PEER_REGION": PEER,
        "PEER_URL": peer.url,
        "TABLE_NAME": names["table"],
        "TELLS_BY": "metric",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(watchdog.EdgeStore, "drained_region", lambda _: None)
    with mock_aws():
        secret = json.dumps({"a": "from-the-secret"})
        boto3.client("secretsmanager").create_secret(Name=names["secret"], SecretString=secret)
        boto3.client("dynamodb").create_table(
            TableName=names["table"],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        yield


def should_publish_what_it_saw_where_cloudwatch_finds_it(
    deployed: None, peer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watchdog.handler({}, None) == {"peer": PEER, "outcome": "healthy"}
    assert peer.secret == "from-the-secret"
    metric, outcome = map(json.loads, capsys.readouterr().out.splitlines())
    assert outcome == {"peer": PEER, "outcome": "healthy"}
    (described,) = metric["_aws"]["CloudWatchMetrics"]
    assert described == {
        "Namespace": "twinhull",
        "Dimensions": [["Deployment", "Peer"]],
        "Metrics": [{"Name": "PeerRegionHealthy", "Unit": "None"}],
    }
    assert {name: metric[name] for name in ("Deployment", "Peer", "PeerRegionHealthy")} == {
        "Deployment": "shop",
        "Peer": PEER,
        "PeerRegionHealthy": 1,
    }


def should_tell_by_failing_where_metrics_are_not_wished_for(
    deployed: None,
    peer: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TELLS_BY", "failure")
    monkeypatch.setattr(watchdog, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(watchdog, "tell_of_drain", pytest.fail)
    assert watchdog.handler({}, None) == {"peer": PEER, "outcome": "healthy"}
    peer.status = 503
    with pytest.raises(watchdog.LostError, match="us-west-2: unhealthy"):
        watchdog.handler({}, None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [{"peer": PEER, "outcome": outcome} for outcome in ("healthy", "unhealthy")]


def should_ask_for_the_secret_again_after_a_while_or_when_it_is_refused() -> None:
    values, now, offered = ["first", "second", "third"], [0.0], list[str]()
    origin = watchdog.Origin(lambda: values.pop(0), lambda: now[0])

    def only(*accepted: str) -> Callable[[str], bool]:
        def ask(secret: str) -> bool:
            offered.append(secret)
            if secret not in accepted:
                raise watchdog.UndecidedError("403")
            return True

        return ask

    for moment in (0.0, 60.0, watchdog.KEPT_SECONDS - 1):
        now[0] = moment
        assert origin.probe(only("first"))
    now[0] = watchdog.KEPT_SECONDS
    assert origin.probe(only("second"))
    assert offered == ["first"] * 3 + ["second"]
    with pytest.raises(watchdog.UndecidedError):
        origin.probe(only("none"))
    assert offered[4:] == ["second", "third"]


def should_offer_the_newest_secret_when_the_kept_one_is_refused(
    deployed: None, peer: Any, names: dict[str, str]
) -> None:
    assert watchdog.handler({}, None)["outcome"] == "healthy"
    client = boto3.client("secretsmanager")
    client.put_secret_value(SecretId=names["secret"], SecretString=json.dumps({"b": "newer"}))
    watchdog.handler({}, None)
    assert peer.secret == "from-the-secret"
    peer.status = 403
    with pytest.raises(watchdog.UndecidedError):
        watchdog.handler({}, None)
    assert peer.secret == "newer"


def should_write_an_item_of_its_own(deployed: None, names: dict[str, str]) -> None:
    client = boto3.client("dynamodb")
    assert watchdog.write(client, names["table"], HERE)
    (item,) = client.scan(TableName=names["table"])["Items"]
    assert (item["pk"], item["sk"]) == ({"S": "health"}, {"S": f"watchdog#{HERE}"})
    assert not watchdog.write(client, "no-such-table", HERE)


@pytest.mark.parametrize(
    ("hour", "minute", "drained", "told"),
    [(9, 0, PEER, 1), (0, 0, PEER, 1), (9, 0, None, 0), (9, 1, PEER, 0), (10, 0, PEER, 0)],
)
def should_tell_every_three_hours_of_a_drain(
    hour: int, minute: int, drained: str | None, told: int, capsys: pytest.CaptureFixture[str]
) -> None:
    store = FakeStore(drained)
    watchdog.tell_of_drain("shop", store, datetime(2026, 11, 25, hour, minute, tzinfo=UTC))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["Drained"], line["Deployment"]) for line in lines] == [(1, "shop")] * told


def should_look_at_the_peer_although_the_store_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    class Unreadable(FakeStore):
        def drained_region(self) -> str | None:
            raise EndpointConnectionError(endpoint_url="any")

    watchdog.tell_of_drain("shop", Unreadable(PEER), datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
    assert capsys.readouterr().out == ""
