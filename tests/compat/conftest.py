"""Sockets are off; each test begins with the items as they were recorded."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

from tests.compat.today import Today
from tests.compat.world import V0_1_0


@pytest.fixture(autouse=True)
def no_sockets() -> Iterator[None]:
    disable_socket()
    yield
    enable_socket()


@pytest.fixture(scope="module")
def opened(resources: Path) -> Iterator[Today]:
    with Today.over(V0_1_0, resources) as today:
        yield today


@pytest.fixture
def today(opened: Today) -> Iterator[Today]:
    yield opened
    opened.world.restore()


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the recorded functions' own code."""
    folder = tmp_path_factory.mktemp("released")
    with zipfile.ZipFile(V0_1_0.folder / "functions.zip") as archive:
        archive.extractall(folder)
    return folder
