"""Which functions a change republishes: `python -m tools.republished [MODULE …]`.

For each module (a path below `lambdas/`), a line is added to it, and the hashes of all packages are compared.
Without arguments: every module that belongs to no function alone, and the average.
"""

import sys
from collections.abc import Iterable

from stacks.code import LAMBDAS, function_package, generated, handler
from twinhull import PythonPackage

FUNCTIONS = tuple(sorted(path.parent.name for path in LAMBDAS.glob("functions/*/handler.py")))


def republished(module: str) -> tuple[str, ...]:
    """Return the functions whose packages change with a line of a module."""
    content = (LAMBDAS / module).read_bytes() + b"\n# changed\n"
    changed = {**generated(), module: content}
    return tuple(
        name
        for name in FUNCTIONS
        if PythonPackage.from_entry(LAMBDAS, handler(name), name=name, generated=changed).hash
        != function_package(name).hash
    )


def shipped() -> dict[str, tuple[str, ...]]:
    """Return each module of `lambdas/` → the functions that ship it."""
    modules = sorted(path.relative_to(LAMBDAS).as_posix() for path in LAMBDAS.rglob("*.py"))
    return {
        module: tuple(name for name in FUNCTIONS if module in function_package(name).files)
        for module in modules
    }


def shared(table: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the modules that belong to no function alone."""
    return {
        module: names
        for module, names in table.items()
        if not module.startswith("functions/") and not module.endswith("__init__.py")
    }


def main(modules: Iterable[str]) -> int:
    """Print a line for each module, and the average."""
    named = {module: republished(module) for module in modules}
    table = shared(shipped())
    for module, names in (named or table).items():
        print(f"{len(names)}  {module:32} {' '.join(names)}".rstrip())
    average = sum(map(len, table.values())) / len(table)
    print(f"{average:.2f} functions on average, of {len(FUNCTIONS)}, over {len(table)} shared modules")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
