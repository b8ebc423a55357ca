"""Sockets are off; AWS is moto; texts and fragments are the site's own."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from moto import mock_aws
from pytest_socket import disable_socket, enable_socket

from functions.health.missing import _paths
from tests.lambdas.api import ENVIRONMENT, ORIGIN, REGION, ROOT, Api, create_table, load
from web.html import _environment
from web.languages import translations


@pytest.fixture(autouse=True)
def no_sockets() -> Iterator[None]:
    disable_socket()
    yield
    enable_socket()


@pytest.fixture(scope="session")
def resources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What comes with a function: as stacks/code.py packs it."""
    root = tmp_path_factory.mktemp("resources")
    shutil.copytree(ROOT / "site" / "fragments", root / "fragments")
    shutil.copy(ROOT / "lambdas" / "openapi.json", root)
    for language in ("en", "zh_CN"):
        folder = root / "locales" / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        source = ROOT / "site" / "locales" / language / "LC_MESSAGES" / "messages.po"
        with source.open("rb") as read, (folder / "messages.mo").open("wb") as written:
            write_mo(written, read_po(read, locale=language))
    return root


@pytest.fixture(autouse=True)
def environment(resources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RESOURCES", str(resources))
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    for cached in (translations, _environment, _paths):
        cached.cache_clear()


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def api(aws: None) -> Api:
    """The functions, with an empty table and fresh secrets."""
    table = create_table()
    secrets = boto3.client("secretsmanager", region_name=REGION)
    keys = json.dumps({"sign": "a", "a": "0123456789abcdef" * 4})
    secrets.create_secret(Name=ENVIRONMENT["KEYS_SECRET"], SecretString=keys)
    secrets.create_secret(Name=ENVIRONMENT["ORIGIN_SECRET"], SecretString=json.dumps({"a": ORIGIN}))
    modules = {name: load(name) for name in ("accounts", "directory", "health", "operator")}
    return Api(
        apps={name: module.handler for name, module in modules.items()},
        operator=modules["operator"].handler,
        dynamodb=table,
        modules=modules,
    )
