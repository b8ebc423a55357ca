"""The wheel: what is in it, and what it does where there is nothing else."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from stacks import _node
from twinhull.packaging import Lock

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).parent / "uv"


def run(*command: str | Path, cwd: Path = ROOT, environment: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={"HOME": os.environ["HOME"], "PATH": "/usr/bin:/bin", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dist = tmp_path_factory.mktemp("dist")
    run("make", "--old-file=setup", "wheel", f"DIST={dist}")
    (built,) = dist.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nothing but the wheel and what the lock says of its dependencies."""
    environment = tmp_path_factory.mktemp("environment")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["ops"]
    lock = environment / "lock.txt"
    entries = Lock.read(ROOT / "requirements-dev.txt").select(Requirement(each).name for each in needed)
    lock.write_text("\n".join(entries))
    python = environment / "venv" / "bin" / "python"
    outside = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    run(UV, "venv", "--quiet", "--python", sys.executable, environment / "venv", environment=outside)
    install = (UV, "pip", "install", "--quiet", "--no-deps", "--python", python)
    run(*install, "--require-hashes", "-r", lock, environment=outside)
    run(*install, wheel, environment=outside)
    return python.parent


def should_be_built_by_the_uv_that_is_locked() -> None:
    """Its own build backend serves then, and nothing is fetched."""
    (backend,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert Requirement(backend).name == "uv_build"
    assert Requirement(backend).specifier.contains(version("uv")), "raise the bounds of uv_build with uv"


def should_hold_the_whole_package_and_nothing_besides(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.endswith("/")}
    source = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "twinhull").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in held if ".dist-info/" not in name} == source
    assert {
        "twinhull/py.typed",
        "twinhull/failover_distribution/origin_router.js",
        "twinhull/failover_distribution/site_router.js",
        "twinhull/watchdog/handler.py",
        "twinhull/watchdog/requirements.in",
        "twinhull/watchdog/requirements.txt",
    } <= source


def should_synthesize_the_ten_lines_of_the_readme(environment: Path, tmp_path: Path) -> None:
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert (
        len([line for line in lines.splitlines() if line and not line.startswith(("from ", "import "))]) <= 10
    )
    (tmp_path / "shop.py").write_text(lines)
    run(environment / "python", "-I", "shop.py", cwd=tmp_path, environment={"JSII_NODE": str(_node)})
    found = {
        region: {
            resource["Type"]
            for resource in json.loads((tmp_path / "cdk.out" / f"shop-{region}.template.json").read_text())[
                "Resources"
            ].values()
        }
        for region in ("us-east-1", "us-west-2")
    }
    assert {"AWS::DynamoDB::GlobalTable", "AWS::Lambda::Alias"} <= found["us-east-1"]
    assert "AWS::Lambda::Alias" in found["us-west-2"]
    assert "AWS::DynamoDB::GlobalTable" not in found["us-west-2"]


def should_synthesize_the_whole_shop_of_the_examples(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_bytes((ROOT / "examples" / "shop.py").read_bytes())
    run(environment / "python", "-I", "shop.py", cwd=tmp_path, environment={"JSII_NODE": str(_node)})
    stacks = {path.name.partition(".")[0] for path in (tmp_path / "cdk.out").glob("*.template.json")}
    assert stacks == {"shop-us-east-1", "shop-us-west-2", "shop-edge"}


def should_package_what_comes_with_a_construct(environment: Path, tmp_path: Path) -> None:
    code = (
        "from twinhull.watchdog import construct as c; print(c.code().name, len(c.code().requirements) > 0)"
    )
    outside = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    found = run(environment / "python", "-I", "-c", code, cwd=tmp_path, environment=outside)
    assert found.split() == ["watchdog", "True"]


def should_start_the_operators_command_without_the_cdk(environment: Path, tmp_path: Path) -> None:
    assert "Operate a deployment in two regions." in run(environment / "twinhull", "--help", cwd=tmp_path)
    loaded = "import twinhull.ops.main, sys; print(*sys.modules)"
    modules = run(environment / "python", "-I", "-c", loaded, cwd=tmp_path).split()
    assert "twinhull.ops.main" in modules
    assert {"aws_cdk", "constructs", "jsii"}.isdisjoint(modules)


def should_find_nothing_of_ours_besides_the_wheel(environment: Path, tmp_path: Path) -> None:
    """Counter-proof: what is not in the wheel is not there."""
    names = ("stacks", "users", "local", "pytest", "twinhull")
    code = f"import importlib.util as u; print(*[name for name in {names} if u.find_spec(name)])"
    assert run(environment / "python", "-I", "-c", code, cwd=tmp_path).split() == ["twinhull"]
