"""Fails with the name of every type and property of our templates that the emulator would drop.

    python -m local.lint <assembly>

What would be dropped is found by asking the emulator (`local/emulator/probe.py`). It must be on the
reviewed list `accepted.toml`, with its reason and the test that covers it; an entry that is not needed, or
whose test is missing, fails too. The answer is kept in `.cache/lint` for as long as neither the templates
(asset hashes aside) nor the emulator change.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from local import fingerprint
from local.emulator_process import ENVIRONMENT, ROOT
from local.fingerprint import digest

ACCEPTED = Path(__file__).with_name("accepted.toml")

_EMULATOR = ROOT / "local" / "emulator"
_CACHE = ROOT / ".cache" / "lint"
# Of assets, and of the logical ids of function versions: they change with the code, and dropping does not.
_HASHES = re.compile(rb"[0-9a-f]{64}|CurrentVersion[0-9A-F]{8}[0-9a-f]{32}")


class LintError(Exception):
    """The emulator could not be asked; the message is a sentence for the terminal."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """An entry of the reviewed list."""

    name: str
    reason: str
    test: str


def read_accepted(path: Path = ACCEPTED) -> list[Accepted]:
    """The reviewed list."""
    return [Accepted(**entry) for entry in tomllib.loads(path.read_text()).get("accepted", [])]


def dropped(assembly: Path, *, cache: Path = _CACHE) -> dict[str, list[str]]:
    """All that the emulator would drop of an assembly: type, or type and property → where it is first."""
    kept = cache / f"{_key(assembly)}.json"
    if not kept.exists():
        done = subprocess.run(
            [ENVIRONMENT / "bin" / "python", "-I", _EMULATOR / "probe.py", assembly.resolve()],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        )
        if done.returncode:
            raise LintError(f"The emulator could not provision {assembly}:\n{done.stderr.strip()[-2000:]}")
        cache.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(done.stdout)
        part.replace(kept)
    answer: dict[str, list[str]] = json.loads(kept.read_text())["dropped"]
    return answer


def problems(assembly: Path, accepted: list[Accepted] | None = None, *, cache: Path = _CACHE) -> list[str]:
    """What is wrong, in sentences; empty when everything that the emulator would drop was reviewed."""
    reviewed = {entry.name: entry for entry in (read_accepted() if accepted is None else accepted)}
    found = dropped(assembly, cache=cache)
    unknown = [
        f"The emulator would drop {name} ({', '.join(places)}): teach it in local/emulator, or add it to "
        f"local/{ACCEPTED.name} with a reason and a test."
        for name, places in sorted(found.items())
        if name not in reviewed
    ]
    unneeded = [
        f"local/{ACCEPTED.name} accepts {name}, which the templates do not have or the emulator does not "
        "drop: remove it."
        for name in sorted(reviewed.keys() - found.keys())
    ]
    untested = [
        f"local/{ACCEPTED.name} says that {entry.test} covers {entry.name}, but there is no such test."
        for entry in reviewed.values()
        if not _test_exists(entry.test)
    ]
    return unknown + unneeded + untested


def _test_exists(test: str) -> bool:
    file, _, name = test.partition("::")
    path = ROOT / file
    if not path.is_file():
        return False
    module = ast.parse(path.read_text())
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(module))


def _key(assembly: Path) -> str:
    templates = (
        part
        for path in sorted(assembly.glob("*.template.json"))
        for part in (path.name, _HASHES.sub(b"", path.read_bytes()))
    )
    return digest(*fingerprint.emulator(), *templates)


def main(arguments: list[str]) -> int:
    """Print the problems of an assembly; 1 when there are some."""
    if len(arguments) != 1:
        print("usage: python -m local.lint <assembly>", file=sys.stderr)
        return 2
    try:
        found = problems(Path(arguments[0]))
    except LintError as error:
        print(error, file=sys.stderr)
        return 2
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
