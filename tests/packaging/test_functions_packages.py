"""Packages: the same bytes each time, other bytes when something in them changes."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stacks import shells
from stacks.code import function_package
from tools.assembly import Assembly
from tools.republished import FUNCTIONS, republished, shared, shipped
from twinhull import packaging
from twinhull.packaging import PythonPackage, Target
from twinhull.watchdog import construct as watchdog

pytestmark = pytest.mark.slow  # real packages are built

HOST = Target(platform=None, python_version=f"{sys.version_info[0]}.{sys.version_info[1]}")


def any_package(
    files: Mapping[str, bytes] | None = None, requirements: tuple[str, ...] = ()
) -> PythonPackage:
    return PythonPackage(name="any", files=files or {"any.py": b"1"}, requirements=requirements)


def should_not_depend_on_the_order_of_files(tmp_path: Path) -> None:
    files = {"b.py": b"2", "a.py": b"1"}
    packages = [any_package(files), any_package(dict(reversed(files.items())))]
    assert packages[0].hash == packages[1].hash
    zips = [packaging.build(each, cache=tmp_path / str(n)).read_bytes() for n, each in enumerate(packages)]
    assert zips[0] == zips[1]


@pytest.mark.parametrize(
    "changed",
    [
        any_package({"any.py": b"2"}),
        any_package({"other.py": b"1"}),
        any_package({"any.py": b"1", "more.py": b""}),
        any_package({"any.p": b"y1"}),
        any_package(requirements=("any==1 --hash=sha256:1",)),
        any_package(requirements=("any==1 --hash=sha256:2",)),
    ],
)
def should_have_another_hash_when_a_source_or_the_lock_changes(changed: PythonPackage) -> None:
    assert changed.hash != any_package().hash


def should_have_another_hash_for_another_lock() -> None:
    assert any_package(requirements=("a==1",)).hash != any_package(requirements=("a==2",)).hash


def should_not_have_another_hash_under_another_name() -> None:
    assert PythonPackage(name="other", files={"any.py": b"1"}, requirements=()).hash == any_package().hash


def should_take_what_was_built_before(tmp_path: Path) -> None:
    first = packaging.build(any_package(), cache=tmp_path)
    first.write_bytes(b"kept")
    assert packaging.build(any_package(), cache=tmp_path).read_bytes() == b"kept"


@pytest.mark.parametrize("was_faster", [True, False])
def should_take_the_dependencies_of_who_was_faster_and_hide_no_other_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was_faster: bool
) -> None:
    def rename(self: Path, target: Path) -> None:
        if was_faster:
            target.mkdir()
        raise OSError("not empty, or no space left")

    monkeypatch.setattr(Path, "rename", rename)
    if was_faster:
        assert packaging.build(any_package(), cache=tmp_path).exists()
    else:
        with pytest.raises(OSError, match="no space left"):
            packaging.build(any_package(), cache=tmp_path)


def should_keep_packages_for_different_machines_apart(tmp_path: Path) -> None:
    ours = packaging.build(any_package(), target=HOST, cache=tmp_path)
    assert ours != packaging.build(any_package(), cache=tmp_path)


def should_have_native_code_where_passwords_are_handled() -> None:
    with zipfile.ZipFile(packaging.build(function_package("accounts"))) as built:
        assert [path for path in built.namelist() if path.startswith("_argon2_cffi_bindings/_ffi")]


def should_bring_the_addresses_of_the_assets_as_they_are_published(tmp_path: Path) -> None:
    shells.render(tmp_path)
    published = {f"/assets/{path.name}" for path in (tmp_path / "assets" / "assets").iterdir()}
    known = json.loads(function_package("directory").files["resources/site.json"])["assets"]
    assert set(known.values()) == published
    assert known["styles/page.css"].startswith("/assets/page-")


def should_name_each_asset_by_the_hash_of_its_package(assembly: Assembly) -> None:
    manifest = json.loads((assembly.path / packaging.MANIFEST).read_text())
    for (_, name), function in assembly.functions().items():
        asset = function.properties["Code"]["S3Key"].removesuffix(".zip")
        assert manifest[asset]["name"] == name
        assert asset == hashlib.sha256(function_package(name).hash.encode()).hexdigest()
        assert (assembly.path / f"asset.{asset}.zip").read_bytes() == packaging.build(
            function_package(name)
        ).read_bytes()


def should_read_each_package_out_of_the_assembly(assembly: Assembly) -> None:
    packages = packaging.read_manifest(assembly.path)
    assert sorted(packages.values(), key=lambda one: one.name) == [
        *map(function_package, FUNCTIONS),
        watchdog.code(),
    ]


def should_pack_the_same_bytes_in_another_folder(tmp_path: Path) -> None:
    """The real thing: installed and compiled twice, into caches that know nothing of each other."""
    package = function_package("health")
    one, two = (packaging.build(package, cache=tmp_path / folder) for folder in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as built:
        assert {entry.date_time for entry in built.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert built.namelist() == sorted(built.namelist())
        assert len(built.namelist()) > 100


@pytest.mark.parametrize("function", FUNCTIONS)
def should_have_a_package_that_the_runtime_can_load(function: str) -> None:
    with zipfile.ZipFile(packaging.build(function_package(function))) as built:
        paths = built.namelist()
    assert f"functions/{function}/handler.py" in paths
    assert [path for path in paths if path.endswith((".pyi", "RECORD", "py.typed"))] == []
    # A stable ABI names no version; whatever names one must be the runtime's.
    natives = [path for path in paths if path.endswith(".so")]
    assert [path for path in natives if "x86" in path] == []
    assert [path for path in natives if "cpython-" in path and "cpython-313-aarch64" not in path] == []
    assert {path.rsplit(".", 2)[1] for path in paths if path.endswith(".pyc")} <= {"cpython-313"}


def should_republish_only_the_functions_that_use_a_module() -> None:
    changed = {
        name: len(republished(name))
        for name in ("users/register.py", "web/app.py", "users/rules.py", "users/memory.py")
    }
    assert changed == {"users/register.py": 1, "web/app.py": 4, "users/rules.py": 4, "users/memory.py": 0}


def should_republish_what_ships_a_module() -> None:
    table = shipped()
    for module in ("telemetry/log.py", "web/keys.py", "functions/sweeper/handler.py"):
        assert republished(module) == table[module]


def should_republish_few_functions_on_average() -> None:
    table = shared(shipped())
    assert len(table) > 80
    assert sum(map(len, table.values())) / len(table) <= 4


def should_bring_data_only_to_the_functions_that_name_it() -> None:
    def bringing(prefix: str) -> set[str]:
        return {
            name
            for name in FUNCTIONS
            if any(path.startswith(prefix) for path in function_package(name).files)
        }

    rendering = {"accounts", "directory", "health", "uploads"}
    assert bringing("resources/site/") == bringing("resources/site.json") == rendering
    assert bringing("resources/locales/") == rendering | {"notifier"}
    assert bringing("resources/mail/") == {"notifier"}
    assert bringing("resources/openapi.json") == {"health"}


@pytest.mark.parametrize("function", [*FUNCTIONS, "watchdog"])
def should_import_each_handler_from_its_package_alone(
    function: str, assembly: Assembly, tmp_path: Path
) -> None:
    """In an interpreter that sees the package and the standard library, not even Lambda's own SDK."""
    packages = packaging.read_manifest(assembly.path)
    ((asset, package),) = ((asset, each) for asset, each in packages.items() if each.name == function)
    deployed = next(
        one.properties
        for one in assembly.resources("AWS::Lambda::Function")
        if one.properties["Code"].get("S3Key") == f"{asset}.zip"
    )
    imported = _imported(package, deployed, tmp_path)
    assert imported.returncode == 0, imported.stderr
    loaded = set(imported.stdout.split())
    assert {path.split("/")[0].removesuffix(".py") for path in package.files} <= loaded | {"resources"}


def should_miss_what_is_not_in_the_package(assembly: Assembly, tmp_path: Path) -> None:
    """Negative control: without one of its modules a handler cannot be imported."""
    package = function_package("key_rotation")
    files = {path: content for path, content in package.files.items() if path != "web/keys.py"}
    deployed = assembly.functions()["us-east-1", "key_rotation"].properties
    imported = _imported(replace(package, files=files), deployed, tmp_path)
    assert "No module named 'web.keys'" in imported.stderr


def _imported(
    package: PythonPackage, deployed: Mapping[str, Any], folder: Path
) -> "subprocess.CompletedProcess[str]":
    task = folder / "task"
    with zipfile.ZipFile(packaging.build(package, target=HOST, cache=folder / "cache")) as archive:
        archive.extractall(task)
    code = (
        f"import sys; sys.path.insert(0, {str(task)!r}); import importlib;"
        f"module, _, name = {deployed['Handler']!r}.rpartition('.');"
        "assert callable(getattr(importlib.import_module(module), name));"
        "print(*{each.partition('.')[0] for each in sys.modules})"
    )
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        env={"PATH": os.environ["PATH"], "AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-2"}
        | {name: str(value) for name, value in deployed["Environment"]["Variables"].items()},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
