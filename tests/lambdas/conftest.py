"""Sockets are off; AWS is moto; texts and fragments are the site's own."""

import json
from collections.abc import Iterator
from logging import StreamHandler
from pathlib import Path

import boto3
import pytest
from argon2 import PasswordHasher
from moto import mock_aws
from pytest_socket import disable_socket, enable_socket

from stacks import shells
from telemetry.log import logger
from tests.lambdas import tables
from tests.lambdas.api import (
    ENVIRONMENT,
    ORIGIN,
    REGION,
    TABLE,
    THROTTLES,
    Api,
    create_table,
    create_throttles,
    load,
)
from tests.lambdas.logged import Log
from tests.lambdas.provoking import Cast, Scene
from users import passwords
from web import budget


@pytest.fixture(autouse=True)
def no_sockets() -> Iterator[None]:
    disable_socket()
    yield
    enable_socket()


@pytest.fixture(autouse=True)
def no_request_under_way() -> None:
    """The time of the last test's request is not that of this one."""
    budget._budget.ends = None


@pytest.fixture(scope="session", autouse=True)
def environment(resources: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.syspath_prepend(resources.parent)
        patch.setenv("POWERTOOLS_SERVICE_NAME", "test")
        # The cost of a hash is tested once; everywhere else it would only be waited for.
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        # A machine that is busy with other things is no table that does not answer (test_budget.py).
        patch.setattr(budget, "SECONDS", 120.0)
        yield


@pytest.fixture(scope="session")
def aws(environment: None) -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture(scope="session")
def functions(aws: None) -> Api:
    """The functions, initialised once as in a warm environment."""
    secrets = boto3.client("secretsmanager", region_name=REGION)
    keys = json.dumps({"sign": "a", "a": "0123456789abcdef" * 4})
    secrets.create_secret(Name=ENVIRONMENT["KEYS_SECRET"], SecretString=keys)
    secrets.create_secret(Name=ENVIRONMENT["ORIGIN_SECRET"], SecretString=json.dumps({"a": ORIGIN}))
    create_throttles(THROTTLES)
    modules = {name: load(name) for name in ("accounts", "directory", "health", "operator", "uploads")}
    return Api(
        apps={name: module.handler for name, module in modules.items()},
        operator=modules["operator"].handler,
        dynamodb=boto3.client("dynamodb", region_name=REGION),
        modules=modules,
    )


@pytest.fixture(scope="session")
def no_users(functions: Api) -> bytes:
    """The tables as deployed, without an item."""
    create_table(TABLE)
    return tables.save()


@pytest.fixture
def api(functions: Api, no_users: bytes) -> Api:
    """The functions, with empty tables."""
    tables.restore(no_users)
    return functions


# Not longer than a module: a session lasts 15 minutes.
@pytest.fixture(scope="module")
def cast(functions: Api, no_users: bytes) -> Cast:
    """Some people who have registered, and whose scenes all begin alike."""
    tables.restore(no_users)
    return Cast.gather(functions)


@pytest.fixture
def scene(cast: Cast, api: Api, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The cast, before anything happened."""
    return Scene(api, cast, monkeypatch)


@pytest.fixture
def log() -> Iterator[Log]:
    """What is logged from now on."""
    handler = logger.registered_handler
    assert isinstance(handler, StreamHandler)
    before = handler.stream
    yield Log(handler)
    handler.setStream(before)


@pytest.fixture(scope="session")
def rendered_assets(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The addresses of the assets as they are published."""
    out = tmp_path_factory.mktemp("rendered")
    shells.render(out)
    return {f"/assets/{path.name}" for path in (out / "assets" / "assets").iterdir()}
