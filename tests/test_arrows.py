"""The arrows between the packages that import-linter cannot see, and the proof that it sees the others."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINTER = Path(sys.executable).parent / "lint-imports"


def imported_roots(source: str) -> set[str]:
    roots: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            roots.add(node.module.split(".")[0])
    return roots


def tests_in(source: str) -> set[str]:
    """Modules with tests that are imported."""
    found = [
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    return {part for name in found for part in name.split(".")[1:] if part.startswith("test_")}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache", "--config", ROOT / "pyproject.toml"],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{folder / 'lambdas'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def should_let_the_app_import_only_stacks_constructs_and_the_cdk() -> None:
    deployed = {path.name for path in (ROOT / "lambdas").iterdir() if path.is_dir()}
    ours = {path.name for path in ROOT.iterdir() if path.is_dir()} | deployed
    assert imported_roots((ROOT / "app.py").read_text()) & ours <= {"stacks", "twinhull"}


def should_let_no_test_import_from_another_one() -> None:
    imported = {path.name: tests_in(path.read_text()) for path in (ROOT / "tests").rglob("*.py")}
    assert {name: found for name, found in imported.items() if found} == {}


@pytest.mark.parametrize("line", ["from tests.any.test_one import two", "from tests.any import test_one"])
def should_report_a_test_that_imports_from_another_one(line: str) -> None:
    assert tests_in(line) == {"test_one"}


def should_keep_every_arrow_between_the_packages() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def should_report_a_domain_that_imports_the_web(tmp_path: Path) -> None:
    for package in (
        "stacks",
        "twinhull",
        "twinhull/ops",
        "local",
        "lambdas/functions",
        "lambdas/files",
        "lambdas/telemetry",
        "lambdas/users",
        "lambdas/web",
        "lambdas/notices",
    ):
        (tmp_path / package).mkdir(parents=True)
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "lambdas/users/model.py").write_text("import web\n")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert "users.model -> web" in done.stdout
