"""Every port of a running cloud: what web pages of other origins and strangers to its keys get."""

import itertools
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError

from local.keys import INTERNAL_HEADER, Keys
from tests.cloud import Cloud
from tests.local.processes import listening_ports

PAGE = "https://pages.example"
FOREIGN: Mapping[str, Mapping[str, str]] = {
    "simple": {"origin": PAGE, "sec-fetch-site": "cross-site", "content-type": "text/plain"},
    "without-an-origin": {"sec-fetch-site": "cross-site"},
    "opaque": {"origin": "null"},
    "old-browser": {"origin": PAGE},
    "other-port": {"origin": "http://localhost:3000", "sec-fetch-site": "same-site"},
    "two-origins": {"origin": f"http://localhost, {PAGE}"},
}
PORTS = ("page", "primary", "secondary", "emulator")
SERVED: Mapping[str, str] = {
    "page": "/_local/config",
    "primary": "/api/v1/users",
    "secondary": "/api/v1/users",
    "emulator": "/_ministack/ses/messages",
}


def address(cloud: Cloud, port: str) -> str:
    """The address of one of its ports."""
    return f"http://127.0.0.1:{cloud.config['ports'][PORTS.index(port)]}"


def ask(method: str, url: str, **headers: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request(method, url, headers=headers, retries=False, redirect=False)


def should_name_every_port_that_is_open(cloud: Cloud) -> None:
    assert set(cloud.config["ports"]) == listening_ports(cloud.processes())


@pytest.mark.parametrize(("port", "page"), list(itertools.product(PORTS, FOREIGN)))
def should_refuse_what_a_foreign_page_sends(cloud: Cloud, port: str, page: str) -> None:
    for method in ("GET", "POST"):
        answer = ask(method, address(cloud, port) + SERVED[port], **FOREIGN[page])
        assert answer.status == 403, (method, answer.data)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
        assert b"password" not in answer.data


@pytest.mark.parametrize("port", PORTS)
def should_not_let_a_foreign_page_ask_before_it_sends(cloud: Cloud, port: str) -> None:
    question = {"access-control-request-method": "PUT", "access-control-request-headers": "authorization"}
    answer = ask("OPTIONS", address(cloud, port) + SERVED[port], **FOREIGN["simple"], **question)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize(
    "host", ["pages.example", "pages.example:{}", "localhost", "localhost:1", "127.0.0.2:{}", "localhost.:{}"]
)
@pytest.mark.parametrize("port", PORTS)
def should_refuse_other_names_for_this_machine(cloud: Cloud, port: str, host: str) -> None:
    url = address(cloud, port)
    answer = ask("GET", url + SERVED[port], host=host.format(url.rpartition(":")[2]))
    assert (answer.status, b"password" in answer.data) == (403, False)


@pytest.mark.parametrize("host", ["localhost:{}", "127.0.0.1:{}", "[::1]:{}", "LocalHost:{}"])
def should_accept_this_machines_names(cloud: Cloud, host: str) -> None:
    for port in ("page", "primary", "secondary"):
        url = address(cloud, port)
        path = "/_local/config" if port == "page" else "/api/v1/health/live"
        headers = (
            {} if port == "page" else cloud.config["origins"][cloud.regions[PORTS.index(port) - 1]]["headers"]
        )
        answer = ask("GET", url + path, host=host.format(url.rpartition(":")[2]), **headers)
        assert answer.status == 200, answer.data


def should_serve_its_own_pages_and_what_a_person_types(cloud: Cloud) -> None:
    for headers in (
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "same-origin", "origin": f"http://localhost:{cloud.port}"},
        {},
    ):
        assert ask("GET", f"{cloud.url}/_local/regions", **headers).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/_ministack/health",
        "/_localstack/health",
        "/_aws/execute-api/x/$default/",
        "/bucket/key",
        "/2015-03-31/functions",
    ],
)
def should_serve_nothing_unsigned_beside_the_regions_ports(cloud: Cloud, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert ask(method, address(cloud, "emulator") + path).status == 403


@pytest.mark.parametrize(
    ("access_key_id", "secret"),
    [
        ("test", "test"),
        ("000000000000", "test"),
        ("123456789012", "test"),
        ("", ""),
        ("own", "wrong"),
        ("unknown", "own"),
    ],
)
@pytest.mark.parametrize("service", ["dynamodb", "s3", "lambda", "sqs", "iam"])
def should_refuse_signatures_by_other_keys(
    cloud: Cloud, service: str, access_key_id: str, secret: str
) -> None:
    keys = Keys(
        {"own": cloud.keys.access_key_id, "unknown": "AKIA0000000000000000"}.get(
            access_key_id, access_key_id or " "
        ),
        {"own": cloud.keys.secret_access_key}.get(secret, secret or " "),
    )
    with pytest.raises(ClientError) as refused:
        listed(cloud, service, keys)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403}
    listed(cloud, service, cloud.keys)


def listed(cloud: Cloud, service: str, keys: Keys) -> Any:
    """Call something harmless of a service."""
    calls = {
        "dynamodb": "list_tables",
        "s3": "list_buckets",
        "lambda": "list_functions",
        "sqs": "list_queues",
        "iam": "list_roles",
    }
    made = boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.config["aws"]["endpoint"],
        region_name=cloud.regions[0],
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
    )
    return getattr(made, calls[service])()


def should_refuse_a_link_to_the_emulator_itself(cloud: Cloud) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=cloud.config["aws"]["endpoint"],
        region_name=cloud.regions[0],
        aws_access_key_id=cloud.keys.access_key_id,
        aws_secret_access_key=cloud.keys.secret_access_key,
    )
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    link = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": bucket})
    assert ask("GET", link).status == 403


@pytest.mark.parametrize("port", ["primary", "secondary"])
def should_take_unsigned_requests_for_a_bucket_from_nobody(cloud: Cloud, port: str) -> None:
    region = cloud.regions[PORTS.index(port) - 1]
    url = address(cloud, port)
    host = f"some.s3.{region}.amazonaws.com"
    signed = {"authorization": "AWS4-HMAC-SHA256 Credential=x"}
    assert ask("GET", f"{url}/some/key", host=host, **signed).status == 403
    form = {"content-type": "multipart/form-data; boundary=x", "origin": PAGE}
    assert ask("POST", f"{url}/some/", **form).status == 403
    assert ask("GET", f"{url}/some/key?X-Amz-Signature=x", origin=PAGE).status == 403


def should_not_take_a_guess_for_the_internal_key(cloud: Cloud) -> None:
    url = address(cloud, "emulator") + "/_ministack/health"
    assert ask("GET", url, **{INTERNAL_HEADER: "guess"}).status == 403
    assert ask("GET", url, **{INTERNAL_HEADER: cloud.keys.internal}).status == 200


@pytest.mark.parametrize("port", PORTS)
def should_open_no_web_socket(cloud: Cloud, port: str) -> None:
    """A page may open one to any address, and reads what comes: no browser asks before."""
    handshake = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "MDEyMzQ1Njc4OWFiY2RlZg==",
        "origin": PAGE,
        "sec-fetch-site": "cross-site",
    }
    answer = ask("GET", address(cloud, port) + SERVED[port], **handshake)
    assert answer.status == 403
