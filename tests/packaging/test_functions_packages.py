"""Packages: the same bytes each time, other bytes when something in them changes."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from stacks import shells
from stacks.code import function_package
from tools.assembly import Assembly
from twinhull import packaging
from twinhull.packaging import PythonPackage, Target
from twinhull.watchdog import construct as watchdog

HOST = Target(platform=None, python_version=f"{sys.version_info[0]}.{sys.version_info[1]}")
FUNCTIONS = (
    "accounts",
    "directory",
    "health",
    "intake",
    "key_rotation",
    "notifier",
    "operator",
    "sweeper",
    "uploads",
)


def any_package(
    files: Mapping[str, bytes] | None = None, requirements: tuple[str, ...] = ()
) -> PythonPackage:
    return PythonPackage(name="any", files=files or {"any.py": b"1"}, requirements=requirements)


def should_pack_the_same_bytes_in_another_folder(tmp_path: Path) -> None:
    """The real thing: installed twice, from the lock, into caches that know nothing of each other."""
    package = function_package("health")
    one, two = (packaging.build(package, cache=tmp_path / folder) for folder in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as built:
        assert {entry.date_time for entry in built.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert len(built.namelist()) > 100


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


@pytest.mark.parametrize("function", FUNCTIONS)
def should_have_a_package_that_the_runtime_can_load(function: str) -> None:
    with zipfile.ZipFile(packaging.build(function_package(function))) as built:
        paths = built.namelist()
    assert f"functions/{function}/handler.py" in paths
    assert "users/model.py" in paths
    assert [path for path in paths if path.endswith((".pyc", ".pyi", "RECORD", "py.typed"))] == []
    # A stable ABI names no version; whatever names one must be the runtime's.
    natives = [path for path in paths if path.endswith(".so")]
    assert [path for path in natives if "x86" in path] == []
    assert [path for path in natives if "cpython-" in path and "cpython-313-aarch64" not in path] == []


def should_have_native_code_where_passwords_are_handled() -> None:
    with zipfile.ZipFile(packaging.build(function_package("accounts"))) as built:
        assert [path for path in built.namelist() if path.startswith("_argon2_cffi_bindings/_ffi")]


@pytest.mark.parametrize("function", FUNCTIONS)
def should_bring_texts_in_both_languages(function: str) -> None:
    catalogues = {path for path in function_package(function).files if path.endswith("messages.mo")}
    assert catalogues == {f"resources/locales/{each}/LC_MESSAGES/messages.mo" for each in ("en", "zh_CN")}


def should_bring_the_openapi_document_only_to_the_function_that_serves_it() -> None:
    bringing = {name for name in FUNCTIONS if "resources/openapi.json" in function_package(name).files}
    assert bringing == {"health"}


def should_bring_pages_and_fragments_where_they_can_be_rendered() -> None:
    for path in ("fragments/user.html", "pages/user.html", "forms/login.html", "shells/layout.html"):
        bringing = {name for name in FUNCTIONS if f"resources/site/{path}" in function_package(name).files}
        assert bringing == {"accounts", "directory", "health", "uploads"}


def should_bring_the_addresses_of_the_assets_as_they_are_published(tmp_path: Path) -> None:
    shells.render(tmp_path)
    published = {f"/assets/{path.name}" for path in (tmp_path / "assets" / "assets").iterdir()}
    known = json.loads(function_package("directory").files["resources/site.json"])["assets"]
    assert set(known.values()) == published
    assert known["styles/page.css"].startswith("/assets/page-")


def should_bring_no_other_functions_code() -> None:
    for name in FUNCTIONS:
        others = {
            path.split("/")[1] for path in function_package(name).files if path.startswith("functions/")
        }
        assert others == {"__init__.py", name}


def should_stay_small() -> None:
    """Half of what an archive of 10 MB costs at a cold start is spent on fetching it."""
    sizes = {name: packaging.build(function_package(name)).stat().st_size / 1e6 for name in FUNCTIONS}
    assert {name: size for name, size in sizes.items() if size > 5} == {}


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


@pytest.mark.slow
@pytest.mark.parametrize("function", [*FUNCTIONS, "watchdog"])
def should_import_each_handler_from_its_package_alone(
    function: str, assembly: Assembly, tmp_path: Path
) -> None:
    """In an interpreter that sees the package, the standard library and what Lambda's runtime has."""
    packages = packaging.read_manifest(assembly.path).values()
    (package,) = (each for each in packages if each.name == function)
    built = packaging.build(package, target=HOST)
    with zipfile.ZipFile(built) as archive:
        archive.extractall(tmp_path / "task")
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    for name in ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3"):
        installed = Path(pytest.__file__).parents[1] / name
        (runtime / name).symlink_to(installed)
    (asset,) = (asset for asset, each in packaging.read_manifest(assembly.path).items() if each == package)
    deployed = next(
        one.properties
        for one in assembly.resources("AWS::Lambda::Function")
        if one.properties["Code"].get("S3Key") == f"{asset}.zip"
    )
    code = (
        f"import sys; sys.path[:0] = {[str(tmp_path / 'task'), str(runtime)]!r}; import importlib;"
        f"module, _, name = {deployed['Handler']!r}.rpartition('.');"
        "assert callable(getattr(importlib.import_module(module), name))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        env={"PATH": os.environ["PATH"], "AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-2"}
        | {name: str(value) for name, value in deployed["Environment"]["Variables"].items()},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
