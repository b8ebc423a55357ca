"""Mutation of the domain and of the web layer: change them in small ways, and see whether a test notices.

    make mutation                              every mutant, hours; it goes on where it ended
    make mutation ARGS='users.change.*'        those of a module, or a function, again
    make mutation-sample                       a few, always the same; fails if an unknown one survives

mutmut wants the packages that it mutates at the top of a folder, so they are copied to one of their own, with
the tests that call them and nothing of the CDK. The domain's own tests come first; what they do not notice,
those of the functions are asked about. What survives both is printed; docs/mutation.md says why it may, and
tools/mutants.toml which ones of the sample may.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "tools" / "mutation.txt"
HOME: Final = ROOT / ".cache" / "mutation"
TOOL: Final = HOME / "venv"
WORK: Final = HOME / "work"
SAMPLED: Final = HOME / "sample"
REVIEWED: Final = ROOT / "tools" / "mutants.toml"
MUTATED: Final = ("users", "web")
SAMPLE: Final = {"users": 40, "web": 60}
"""How many mutants of each package a sample has."""

#: Tests of the functions take long: they are asked only about what the domain's own do not notice.
AROUND: Final = (
    *("accounts", "codes", "cursors", "directory", "health", "html", "intake", "key_rotation", "logs"),
    *("metrics", "nonsense", "notifier", "openapi", "operator", "pages", "session", "sweep", "uploads"),
)
#: Tests of what no mutant is part of, or that start other processes.
ASIDE: Final = ("environment", "examples", "fuzz", "imports")
CONFIGURATION: Final = """\
[tool.mutmut]
source_paths = {mutated}
also_copy = {copied}
pytest_add_cli_args_test_selection = ["tests/lambdas"]
pytest_add_cli_args = ["-p", "no:randomly", "-p", "no:cacheprovider", "-m", "not slow and not proof"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
python_functions = ["test_*", "should_*"]
addopts = "--import-mode=importlib"
timeout = 120
markers = ["slow", "proof"]
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


def stage(without: Iterable[str], *, work: Path = WORK) -> None:
    """Bring the copy up to date, but for some tests; what is known of functions that did not change stays."""
    aside = [f"test_{name}.py" for name in without]
    work.mkdir(parents=True, exist_ok=True)
    packages = sorted(path.name for path in (ROOT / "lambdas").iterdir() if path.is_dir())
    sources = {ROOT / "lambdas" / name: work / name for name in packages if name != "__pycache__"}
    sources |= {ROOT / name: work / name for name in ("benchmarks", "site", "stacks", "tools")}
    sources |= {ROOT / "tests" / name: work / "tests" / name for name in ("lambdas", "site")}
    for source, target in sources.items():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", *aside))
    # mutmut copies the tests on, and takes out none.
    shutil.rmtree(work / "mutants" / "tests", ignore_errors=True)
    (work / "tests" / "conftest.py").write_text(CONFTEST)
    shutil.copy(ROOT / "tests" / "tiers.py", work / "tests")
    (work / "lambdas").mkdir(exist_ok=True)
    shutil.copy(ROOT / "lambdas" / "openapi.json", work / "lambdas")
    copied = sorted({target.relative_to(work).parts[0] for target in sources.values()} - set(MUTATED))
    text = CONFIGURATION.format(copied=[*copied, "lambdas", "pyproject.toml"], mutated=list(MUTATED))
    (work / "pyproject.toml").write_text(text)


def python(*arguments: str, work: Path, quiet: bool = False) -> str:
    """Run mutmut's Python in the copy, at low priority, with the packages of the tests; what it printed."""
    packages = next((ROOT / ".venv" / "lib").glob("python3*/site-packages"))
    done = subprocess.run(
        ["nice", "-n", "15", TOOL / "bin" / "python", *arguments],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(packages)},
        stdout=subprocess.PIPE if quiet else None,
        text=True,
        check=False,
    )
    return done.stdout or ""


def mutmut(*arguments: str, work: Path = WORK, quiet: bool = False) -> str:
    """Run mutmut in the copy; what it printed."""
    return python("-m", "mutmut", *arguments, work=work, quiet=quiet)


GENERATE: Final = """\
from mutmut.__main__ import *
set_mutant_under_test("mutant_generation")
Path("mutants").mkdir(exist_ok=True)
copy_src_dir(), copy_also_copy_files(), setup_source_paths(), create_mutants(1)
"""


def generate() -> dict[str, list[str]]:
    """Make the mutants of the sample's copy without running a test; package → their names."""
    python("-c", GENERATE, work=SAMPLED, quiet=True)
    return {
        package: [
            name
            for meta in sorted((SAMPLED / "mutants" / package).rglob("*.meta"))
            for name in json.loads(meta.read_text())["exit_code_by_key"]
        ]
        for package in MUTATED
    }


def sample(names: Iterable[str], size: int) -> list[str]:
    """Choose by a hash of the name, so that a change elsewhere leaves the choice as it is."""
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())[:size]


def function_of(mutant: str) -> str:
    """Return the function that a mutant is of: its number changes with the code before it."""
    return mutant.rpartition("__mutmut_")[0]


def reviewed(path: Path = REVIEWED) -> set[tuple[str, tuple[str, ...]]]:
    """Return the mutants that may survive: their functions, and the lines that differ."""
    listed = tomllib.loads(path.read_text())["mutant"]
    return {(each["function"], tuple(each["change"])) for each in listed if each["reason"]}


def unknown(changes: Mapping[str, Sequence[str]], known: set[tuple[str, tuple[str, ...]]]) -> list[str]:
    """Return those of the surviving mutants that nobody has reviewed."""
    return [
        mutant
        for mutant, lines in changes.items()
        if (function_of(mutant), tuple(line.rstrip() for line in lines)) not in known
    ]


def try_sample() -> int:
    """Try the sample of each package; 1 when a mutant survives that nobody has reviewed."""
    shutil.rmtree(SAMPLED, ignore_errors=True)  # results of an earlier run would pass for those of this one
    stage(ASIDE, work=SAMPLED)
    chosen = {package: sample(names, SAMPLE[package]) for package, names in generate().items()}
    names = [name for each in chosen.values() for name in each]
    printed = mutmut("run", "--max-children", "1", *names, work=SAMPLED, quiet=True)
    results = parse_results(mutmut("results", "--all", "true", work=SAMPLED, quiet=True))
    if untried := [name for name in names if results[name] == "not checked"]:
        print(printed.rpartition("\r")[2], f"{len(untried)} mutants were not tried.", sep="\n")
        return 1
    left = {name: difference(name, work=SAMPLED) for name in names if not is_noticed(results[name])}
    bad = unknown(left, reviewed())
    for mutant in bad:
        print(f"\n{mutant}", *left[mutant], sep="\n")
    for package, each in chosen.items():
        print(f"{package}: {len(each) - len(left.keys() & set(each))} of {len(each)} mutants noticed.")
    print(f"{len(bad)} mutants survive that tools/mutants.toml does not list.")
    return int(bool(bad))


def parse_results(printed: str) -> dict[str, str]:
    """Return mutant → what became of it, as mutmut prints it."""
    lines = (line.strip().partition(": ") for line in printed.splitlines())
    return {name: result for name, separator, result in lines if separator}


def is_noticed(result: str) -> bool:
    """Return whether a test noticed a mutant; raises RuntimeError for one that was not tried."""
    if result == "not checked":
        raise RuntimeError("The run ended before it had tried every mutant.")
    return result not in {"survived", "no tests", "suspicious"}


def survivors(patterns: Iterable[str]) -> list[str]:
    """The mutants with such names that no test noticed, or that no test ran."""
    results = parse_results(mutmut("results", quiet=True))
    left = [name for name, result in results.items() if result in {"survived", "no tests", "suspicious"}]
    return [name for name in left if any(fnmatch(name, pattern) for pattern in patterns)]


def difference(mutant: str, *, work: Path = WORK) -> list[str]:
    """The lines of a mutant that are not those of the source, with a sign before each."""
    shown = mutmut("show", mutant, work=work, quiet=True).splitlines()
    return [line for line in shown if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]


def main(arguments: Sequence[str]) -> int:
    """Mutate, and print what survived."""
    install()
    if "--sample" in arguments:
        return try_sample()
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
