"""The functions' packages: what each imports, and of these texts what it renders."""

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from stacks import shells
from twinhull import PythonPackage
from twinhull.regional_api import operations

ROOT: Final = Path(__file__).resolve().parent.parent
LAMBDAS: Final = ROOT / "lambdas"
MAIL: Final = ROOT / "site" / "mail"
OPENAPI: Final = LAMBDAS / "openapi.json"


def readiness_path() -> str:
    """Where a region's API says whether the region can serve."""
    [readiness] = [each for each in operations(json.loads(OPENAPI.read_text())) if each.id == "ready"]
    return readiness.route_key.partition(" ")[2]


def handler(name: str) -> str:
    """The handler of `lambdas/functions/<name>`."""
    return f"functions.{name}.handler.handler"


@functools.cache
def function_package(name: str) -> PythonPackage:
    """The package of `lambdas/functions/<name>`, with the same paths of modules as in `lambdas/`."""
    return PythonPackage.from_entry(LAMBDAS, handler(name), name=name, generated=generated())


@functools.cache
def generated() -> Mapping[str, bytes]:
    """What functions may render, path → content; each ships what its modules name."""
    files = dict(_catalogues())
    files |= {f"resources/mail/{path.relative_to(MAIL).as_posix()}": path.read_bytes() for path in _mail()}
    files |= {f"resources/{path}": content for path, content in shells.resources().items()}
    return files | {"resources/openapi.json": OPENAPI.read_bytes()}


def _mail() -> list[Path]:
    """The templates of e-mails."""
    return sorted(path for path in MAIL.rglob("*") if path.suffix in {".txt", ".html"})


def _catalogues() -> Iterator[tuple[str, bytes]]:
    for language in shells.LANGUAGES:
        yield (
            f"resources/locales/{language.replace('-', '_')}/LC_MESSAGES/messages.mo",
            shells.compiled_catalogue(language),
        )
