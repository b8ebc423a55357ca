"""Health, openapi.json, and the answer to everything else: through the function."""

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.lambdas.api import BASE, OPENAPI, ORIGIN, Api, route, watching
from web.clients.config import ONE_SECOND, REQUEST


def should_be_live_and_ready(api: Api) -> None:
    for state in ("live", "ready"):
        reply = api("GET", f"/health/{state}")
        assert (reply.status, reply.json) == (200, {"region": "us-west-2", "status": state})


def should_not_be_ready_when_the_table_cannot_be_read(api: Api) -> None:
    api.dynamodb.delete_table(TableName="users")
    reply = api("GET", "/health/ready")
    assert (reply.status, reply.code, reply.json["region"]) == (503, "unavailable", "us-west-2")
    assert api("GET", "/health/live").status == 200


def should_not_be_ready_when_the_table_does_not_answer(api: Api) -> None:
    def hang(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    with watching(api.modules["health"].handler._services.client, "before-call.dynamodb.GetItem", hang):
        assert api("GET", "/health/ready").status == 503


def should_read_strongly_to_know_whether_it_is_ready(api: Api) -> None:
    asked: list[dict[str, object]] = []

    def note(params: dict[str, object], **_: object) -> None:
        asked.append(params)

    client = api.modules["health"].handler._services.client
    with watching(client, "provide-client-params.dynamodb.GetItem", note):
        assert api("GET", "/health/ready").status == 200
    assert [one["ConsistentRead"] for one in asked] == [True]


def should_give_up_in_time() -> None:
    def budget(config: object) -> float:
        retries = config.retries["total_max_attempts"]  # type: ignore[attr-defined]
        return float((config.connect_timeout + config.read_timeout) * retries)  # type: ignore[attr-defined]

    assert budget(ONE_SECOND) == 1.0
    assert budget(REQUEST) == 3.0


def should_serve_the_description(api: Api) -> None:
    reply = api("GET", "/openapi.json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json == OPENAPI


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/users", "GET, HEAD, POST"),
        ("DELETE", "/users", "GET, HEAD, POST"),
        ("OPTIONS", "/users", "GET, HEAD, POST"),
        ("PUT", "/users/me", "DELETE, GET, HEAD, PATCH, POST"),
        ("PATCH", "/users/usr_x", "DELETE, GET, HEAD"),
        ("GET", "/users/me/restore", "POST"),
        ("POST", "/health/ready", "GET, HEAD"),
        ("GET", "/sessions/current", "DELETE"),
        ("GET", "/sessions", "POST"),
        ("NONSENSE", "/openapi.json", "GET, HEAD"),
    ],
)
def should_name_the_methods_that_would_do(api: Api, method: str, path: str, allow: str) -> None:
    reply = api(method, path)
    assert (reply.status, reply.code) == (405, "method-not-allowed")
    assert reply.headers["allow"] == allow


@pytest.mark.parametrize("path", ["", "/", "/users/", "/users/a/b", "/openapi_json", "/openapi.json/", "/X"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def should_find_nothing_elsewhere(api: Api, method: str, path: str) -> None:
    reply = api(method, path)
    assert (reply.status, reply.code) == (404, "not-found")


def should_find_nothing_when_the_gateway_sends_what_it_should_have_routed(api: Api) -> None:
    assert api("GET", "/users", routeKey="$default").code == "not-found"
    assert api("GET", "/x", rawPath="/users", routeKey="$default").code == "not-found"


def should_answer_in_json_what_has_no_page(api: Api) -> None:
    for path in ("/health/live", "/openapi.json"):
        reply = api("GET", path, headers={"accept": "text/html"})
        assert (reply.status, reply.headers["content-type"]) == (200, "application/json")


def should_answer_head_like_get_without_the_body(api: Api) -> None:
    admin = api.admin()
    for path in ("/health/live", "/openapi.json", "/users", f"/users/{admin.id}", "/users/nobody"):
        read, head = (api(method, path, by=admin) for method in ("GET", "HEAD"))
        assert (read.status, bool(read.text)) == (head.status, True)
        assert head.text == ""
        assert read.headers.keys() == head.headers.keys()
    assert api("HEAD", "/nothing").status == 404
    assert api("HEAD", "/sessions").headers["allow"] == "POST"


@pytest.mark.parametrize("headers", [{}, None, *({"x-origin-verify": one} for one in ("", "x", ORIGIN[:-1]))])
@pytest.mark.parametrize("path", ["/health/live", "/users", "/nothing"])
def should_answer_only_the_edge(api: Api, headers: dict[str, str] | None, path: str) -> None:
    reply = api.send({**route("GET", path), "rawPath": f"{BASE}{path}", "headers": headers})
    assert (reply.status, reply.code) == (403, "not-through-the-edge")
