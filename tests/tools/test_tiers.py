"""Each test is run by `make test` or by `make proof`, and each quick one by `make check`, too."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.cloud import ROOT
from tests.tiers import first

pytestmark = pytest.mark.slow


def run_by(target: str, folder: Path = ROOT) -> list[str]:
    """The arguments of pytest when make runs a target, but for how many processes it uses."""
    printed = subprocess.run(
        ["make", "-n", target], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    line = next(line for line in printed.splitlines() if " -m pytest " in line)
    arguments = shlex.split(line.partition(" -m pytest ")[2])
    assert arguments[:5] == ["--numprocesses", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    return arguments[5:]


def collected(*arguments: str, folder: Path = ROOT) -> set[str]:
    """The tests that pytest would run."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:syrupy",
        *arguments,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = {line for line in done.stdout.splitlines() if line.startswith("tests/")}
    assert found
    return found


def written(tests: Path) -> set[tuple[str, str]]:
    """Each function that is named like a test: its file, and its name."""
    return {
        (str(path.relative_to(tests.parent)), node.name)
        for path in tests.rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and re.match("should_|test_", node.name)
    }


def left_out(every: Iterable[str], *tiers: set[str]) -> set[str]:
    """The tests that no tier runs."""
    return set(every).difference(*tiers)


def never_collected(functions: set[tuple[str, str]], tests: Iterable[str]) -> set[tuple[str, str]]:
    """The functions that look like tests and that pytest does not find."""
    found = {tuple(re.sub(r"\[.*", "", test, flags=re.DOTALL).split("::")) for test in tests}
    return {function for function in functions if function not in found}


@pytest.mark.proof
def should_run_every_test() -> None:
    every = collected()
    check, test, proof = (collected(*run_by(target)) for target in ("check", "test", "proof"))
    assert left_out(every, test, proof) == set()
    assert never_collected(written(ROOT / "tests"), every) == set()
    assert check < test
    assert not test & proof
    kinds = {each.partition("[")[0] for each in test}
    assert {each for each in proof if each.partition("[")[0] not in kinds} == set()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own, with a test that no tier runs, and one that pytest does not find."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (tmp_path / "tests" / "test_any.py").write_text(
        "import pytest\n"
        "def test_quick(): ...\n"
        "@pytest.mark.proof\n"
        "def should_be_proven(): ...\n"
        "@pytest.mark.slow\n"
        "def should_be_forgotten(): ...\n"
    )
    (tmp_path / "tests" / "misnamed.py").write_text("def should_be_found(): ...\n")
    return tmp_path


def should_notice_a_test_that_nothing_runs(project: Path) -> None:
    every = collected(folder=project)
    quick = collected("-m", "not slow and not proof", folder=project)
    proof = collected("-m", "proof", folder=project)
    assert left_out(every, quick, proof) == {"tests/test_any.py::should_be_forgotten"}
    assert never_collected(written(project / "tests"), every) == {("tests/misnamed.py", "should_be_found")}


def should_prove_with_drills_many_calls_and_mutants() -> None:
    printed = subprocess.run(
        ["make", "-n", "proof"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for part in ("-m tools.drill", "FUZZ_CALLS=20000", "-m tools.mutation --sample"):
        assert part in printed


def should_try_the_first_case_now_and_the_others_later() -> None:
    now, *later = first(["one", "two", "three"])
    assert now == "one"
    assert [(each.values, each.marks[0].name) for each in later] == [
        (("two",), "proof"),
        (("three",), "proof"),
    ]
