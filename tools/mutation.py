"""Mutation of the domain: change `lambdas/users` in small ways, and see whether a test notices.

    make mutation                              every mutant, an hour or more; it goes on where it ended
    make mutation ARGS='users.change.*'        those of a module, or a function, again

mutmut wants the packages that it mutates at the top of a folder, so they are copied to one of their own, with
the tests that call them and nothing of the CDK. The domain's own tests come first; what they do not notice,
those of the functions are asked about. What survives both is printed; docs/mutation.md says why it may.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "tools" / "mutation.txt"
HOME: Final = ROOT / ".cache" / "mutation"
TOOL: Final = HOME / "venv"
WORK: Final = HOME / "work"

#: Tests of the functions take long: they are asked only about what the domain's own do not notice.
AROUND: Final = (
    *("accounts", "codes", "cursors", "directory", "health", "html", "intake", "key_rotation", "logs"),
    *("metrics", "nonsense", "notifier", "openapi", "operator", "pages", "session", "sweep", "uploads"),
)
#: Tests of what no mutant is part of, or that start other processes.
ASIDE: Final = (
    *("budget", "cached_secret", "environment", "examples", "fuzz", "imports", "keys", "origin", "request"),
)
CONFIGURATION: Final = """\
[tool.mutmut]
source_paths = ["users"]
also_copy = {copied}
pytest_add_cli_args_test_selection = ["tests/lambdas"]
pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:cacheprovider"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
python_functions = ["test_*", "should_*"]
addopts = "--import-mode=importlib"
timeout = 120
"""

CONFTEST: Final = """\
import sys

import pytest

from telemetry.log import logger


@pytest.fixture(autouse=True)
def output() -> None:
    # mutmut runs pytest several times in one process, each time with another output.
    logger.registered_handler.stream = sys.stdout


@pytest.fixture(scope="session")
def assembly() -> None:
    pytest.skip("templates are made by the CDK, which is not here")
"""


def install() -> None:
    """mutmut in an environment of its own: nothing else here needs it or what it needs."""
    stamp = TOOL / ".installed"
    if stamp.exists() and stamp.read_text() == LOCK.read_text():
        return
    uv = ROOT / ".venv" / "bin" / "uv"
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, TOOL], check=True)
    python = TOOL / "bin" / "python"
    subprocess.run([uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, LOCK], check=True)
    stamp.write_text(LOCK.read_text())


def stage(without: Iterable[str]) -> None:
    """Bring the copy up to date, but for some tests; what is known of functions that did not change stays."""
    aside = [f"test_{name}.py" for name in without]
    WORK.mkdir(parents=True, exist_ok=True)
    packages = sorted(path.name for path in (ROOT / "lambdas").iterdir() if path.is_dir())
    sources = {ROOT / "lambdas" / name: WORK / name for name in packages if name != "__pycache__"}
    sources |= {ROOT / name: WORK / name for name in ("benchmarks", "site", "stacks", "tools")}
    sources |= {ROOT / "tests" / name: WORK / "tests" / name for name in ("lambdas", "site")}
    for source, target in sources.items():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", *aside))
    # mutmut copies the tests on, and takes out none.
    shutil.rmtree(WORK / "mutants" / "tests", ignore_errors=True)
    (WORK / "tests" / "conftest.py").write_text(CONFTEST)
    (WORK / "lambdas").mkdir(exist_ok=True)
    shutil.copy(ROOT / "lambdas" / "openapi.json", WORK / "lambdas")
    copied = sorted({target.relative_to(WORK).parts[0] for target in sources.values()} - {"users"})
    text = CONFIGURATION.format(copied=[*copied, "lambdas", "pyproject.toml"])
    (WORK / "pyproject.toml").write_text(text)


def mutmut(*arguments: str, quiet: bool = False) -> str:
    """Run it in the copy, at low priority, with the packages that the tests need; what it printed."""
    packages = next((ROOT / ".venv" / "lib").glob("python3*/site-packages"))
    done = subprocess.run(
        ["nice", "-n", "15", TOOL / "bin" / "python", "-m", "mutmut", *arguments],
        cwd=WORK,
        env={**os.environ, "PYTHONPATH": str(packages)},
        stdout=subprocess.PIPE if quiet else None,
        text=True,
        check=False,
    )
    return done.stdout or ""


def survivors(patterns: Iterable[str]) -> list[str]:
    """The mutants with such names that no test noticed, or that no test ran."""
    lines = (line.strip().partition(": ") for line in mutmut("results", quiet=True).splitlines())
    left = [name for name, _, result in lines if result in {"survived", "no tests", "suspicious"}]
    return [name for name in left if any(fnmatch(name, pattern) for pattern in patterns)]


def difference(mutant: str) -> list[str]:
    """The lines of a mutant that are not those of the source, with a sign before each."""
    shown = mutmut("show", mutant, quiet=True).splitlines()
    return [line for line in shown if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]


def main(arguments: Sequence[str]) -> int:
    """Mutate, and print what survived."""
    install()
    stage((*AROUND, *ASIDE))
    mutmut("run", "--max-children", "1", *arguments)
    stage(ASIDE)
    patterns = arguments or ("*",)
    if left := survivors(patterns):
        mutmut("run", "--max-children", "1", *left)
        left = survivors(patterns)
    for mutant in left:
        print(f"\n{mutant}", *difference(mutant), sep="\n")
    print(f"\n{len(left)} mutants survive.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
