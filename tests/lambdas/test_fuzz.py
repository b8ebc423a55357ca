"""openapi.json, tried out: whatever fits it and whatever does not, the answer is one that it describes.

`make fuzz` tries 20 000 calls, `make test` some of each kind.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.lambdas.api import BASE, HOST, OPENAPI, ORIGIN, Api, Person, Reply, route

pytestmark = pytest.mark.slow

CALLS = int(os.environ.get("FUZZ_CALLS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "20261124"))

SCHEMA = schemathesis.openapi.from_dict(OPENAPI)
OPERATIONS = [(method.upper(), path) for path, methods in OPENAPI["paths"].items() for method in methods]
IDEMPOTENCY_KEY = {"$ref": "#/components/parameters/Idempotency-Key"}
#: An operation that takes nothing, or only any text, can be sent nothing wrong.
KINDS = [
    (method, path, mode)
    for method, path in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE
    or "requestBody" in OPENAPI["paths"][path][method.lower()]
    or any(
        one.get("name", "token") != "token" for one in OPENAPI["paths"][path][method.lower()]["parameters"]
    )
    or IDEMPOTENCY_KEY in OPENAPI["paths"][path][method.lower()]["parameters"]
]
EACH = -(-CALLS // len(KINDS))
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]

asked: Counter[int] = Counter()


class Crowd:
    """Who may call: nobody, somebody, an administrator, and one for each that has been deleted meanwhile."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.admin, self.person = api.admin(), api.somebody()

    def somebody(self, role: str) -> Person | None:
        if role == "person":
            if self._api("GET", "/users/me", by=self.person).status == 401:
                self.person = self._api.somebody()
            return self.person
        return self.admin if role == "admin" else None


def send(api: Api, case: Case[Any], caller: Person | None, accept: str) -> Reply:
    """The call as the HTTP API hands it over."""
    path = case.formatted_path.removeprefix(BASE)
    headers = {str(name).lower(): str(value) for name, value in (case.headers or {}).items()}
    headers |= {"x-origin-verify": ORIGIN, "x-viewer-host": HOST, "accept": accept}
    if caller:
        headers["authorization"] = f"Bearer {caller.token}"
    if case.media_type:
        headers.setdefault("content-type", case.media_type)
    event: dict[str, Any] = {
        **route(case.method.upper(), path),
        "version": "2.0",
        "headers": headers,
        "rawPath": BASE + path,
        "rawQueryString": urlencode(case.query or {}, doseq=True, errors="surrogatepass"),
    }
    if not isinstance(case.body, schemathesis.core.NotSet):
        body = case.body if isinstance(case.body, str | bytes) else json.dumps(case.body)
        event["body"] = body if isinstance(body, str) else body.decode("latin-1")
    return api.send(event)


def judge(case: Case[Any], reply: Reply) -> None:
    """Status, content type and schema are documented, and nothing is a fault of ours."""
    assert reply.status < 500, reply
    asked[reply.status] += 1
    if reply.headers.get("content-type", "").startswith("text/html"):
        return
    response = Response(
        status_code=reply.status,
        headers={name: [value] for name, value in reply.headers.items()},
        content=reply.text.encode(),
        request=requests.Request(case.method, "https://localhost" + case.formatted_path).prepare(),
        elapsed=0.0,
        verify=False,
    )
    case.validate_response(response, checks=CHECKS)


@pytest.fixture(scope="module", autouse=True)
def report(pytestconfig: pytest.Config) -> Iterator[None]:
    yield
    if reporter := pytestconfig.pluginmanager.get_plugin("terminalreporter"):
        by_status = ", ".join(f"{count} x {status}" for status, count in sorted(asked.items()))
        reporter.write_line(f"\n{sum(asked.values())} calls: {by_status}")


@pytest.mark.parametrize(("method", "path", "mode"), KINDS)
def should_answer_whatever_is_sent_as_openapi_says(
    method: str, path: str, mode: GenerationMode, api: Api
) -> None:
    crowd = Crowd(api)
    operation = SCHEMA[path][method]

    @seed(SEED)
    @settings(
        max_examples=EACH,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode),
        role=st.sampled_from(["nobody", "person", "admin"]),
        accept=st.sampled_from(["application/json", "*/*", "text/html"]),
        own=st.booleans(),
    )
    def examine(case: Case[Any], role: str, accept: str, own: bool) -> None:
        caller = crowd.somebody(role)
        if own and case.path_parameters and "id" in case.path_parameters:
            case.path_parameters["id"] = crowd.somebody("person").id  # type: ignore[union-attr]
        judge(case, send(api, case, caller, accept))

    examine()
