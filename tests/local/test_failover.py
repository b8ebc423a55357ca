"""A region is lost: reads go on inside the request, a write with the client's one retry."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from local.aws import credentials
from local.edge.key_value_store import FRESH
from tests.cloud import Cloud
from tests.local.client import Answer, Client
from tests.local.people import PASSWORD, any_email, any_key, log_in, register
from tests.tiers import first

RETRIED = {429, 500, 502, 503, 504}


def retried(client: Client, method: str, path: str, body: object) -> list[Answer]:
    """All answers of a write by a client that keeps the contract: one retry, same key, the other region."""
    key = any_key()
    answers = [client(method, path, body, headers={"idempotency-key": key})]
    if answers[0].status in RETRIED and not answers[0].code:
        served = answers[0].headers.get("x-served-region")
        hint = {"x-avoid-region": served} if served else {"x-retry-other-region": "1"}
        answers.append(client(method, path, body, headers={"idempotency-key": key, **hint}))
    return answers


@contextmanager
def drained(cloud: Cloud, region: str) -> Iterator[None]:
    """A region that the key-value store of the deployed distribution names, until the end of the block."""
    [found] = cloud.aws.cloudfront().list_key_value_stores()["KeyValueStoreList"]["Items"]
    store = f"{cloud.config['aws']['endpoint'].rstrip('/')}/key-value-stores/{quote(found['ARN'], safe='')}"

    def send(method: str, url: str, body: str = "", **headers: str) -> urllib3.BaseHTTPResponse:
        request = AWSRequest(method, url, data=body, headers=headers)
        SigV4Auth(credentials(cloud.keys), "cloudfront-keyvaluestore", "us-east-1").add_auth(request)
        answer = urllib3.request(method, url, body=body, headers=dict(request.headers))
        assert answer.status == 200, answer.data
        return answer

    def change(method: str, body: str = "") -> None:
        version = send("GET", store).headers["etag"]
        send(
            method, f"{store}/keys/drained", body, **{"if-match": version, "content-type": "application/json"}
        )
        time.sleep(2 * FRESH)

    change("PUT", json.dumps({"Value": region}))
    try:
        yield
    finally:
        change("DELETE")


@pytest.fixture(params=first([0, 1]), ids=["primary", "secondary"])
def lost(request: pytest.FixtureRequest, cloud: Cloud) -> str:
    """Each region in turn."""
    return cloud.regions[int(request.param)]


def should_never_fail_a_read(cloud: Cloud, lost: str) -> None:
    reader = cloud.as_admin
    with cloud.region(lost, "refuse"):
        for _ in range(10):
            for path in ("/api/v1/users", "/api/v1/users/me", "/api/v1/health/ready"):
                answer = reader("GET", path)
                assert answer.status == 200
                assert answer.headers["x-served-region"] != lost
            assert reader("GET", "/en/").status == 200


def should_register_by_the_clients_one_retry(cloud: Cloud, lost: str) -> None:
    email = any_email()
    with cloud.region(lost, "refuse"):
        answers = retried(
            cloud.edge, "POST", "/api/v1/users", {"email": email, "password": PASSWORD, "name": "Survivor"}
        )
        assert answers[-1].status == 201
        assert len(answers) == (2 if lost == cloud.regions[0] else 1)
    assert log_in(cloud.edge, email).status == 201


def should_answer_a_lost_write_with_a_page_of_cloudfronts_own(cloud: Cloud) -> None:
    with cloud.region(cloud.regions[0], "refuse"):
        answer = register(cloud.edge, any_email())
    assert answer.status == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert "x-served-region" not in answer.headers


def should_go_where_the_client_asks_to(cloud: Cloud) -> None:
    primary, secondary = cloud.regions
    for hint, expected in (
        ({"x-avoid-region": primary}, secondary),
        ({"x-avoid-region": secondary}, primary),
        ({"x-avoid-region": "nowhere"}, primary),
        ({"x-retry-other-region": "1"}, secondary),
        ({"x-retry-other-region": "1", "x-avoid-region": secondary}, primary),
    ):
        answer = cloud.edge("GET", "/api/v1/health/live", headers=hint)
        assert answer.headers["x-served-region"] == expected
        written = cloud.edge("POST", "/api/v1/users", {}, headers=hint)
        assert written.headers["x-served-region"] == expected


def should_send_everybody_to_the_other_region_while_one_is_drained(cloud: Cloud) -> None:
    primary, secondary = cloud.regions
    with drained(cloud, primary):
        for hint in ({}, {"x-avoid-region": secondary}, {"x-retry-other-region": "1"}):
            read = cloud.edge("GET", "/api/v1/health/live", headers=hint)
            written = cloud.edge("POST", "/api/v1/users", {}, headers=hint)
            assert read.headers["x-served-region"] == written.headers["x-served-region"] == secondary
    assert cloud.edge("GET", "/api/v1/health/live").headers["x-served-region"] == primary


def should_let_one_region_be_lost_at_most(cloud: Cloud) -> None:
    primary, secondary = cloud.regions
    with cloud.region(primary, "refuse"):
        answer = cloud.edge("PUT", f"/_local/regions/{secondary}", {"state": "refuse"})
        assert answer.status == 409
        assert primary in answer.json()["detail"]


def should_show_the_regions_with_roles_and_states(cloud: Cloud) -> None:
    primary, secondary = cloud.regions
    with cloud.region(secondary, "refuse"):
        assert cloud.edge("GET", "/_local/regions").json() == {
            "regions": [
                {"name": primary, "role": "primary", "state": "up"},
                {"name": secondary, "role": "secondary", "state": "refuse"},
            ]
        }
