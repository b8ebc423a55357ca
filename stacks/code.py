"""The functions' packages: their code, the dependencies they name, and the texts they answer with."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stacks import shells
from twinhull.packaging import Lock, PythonPackage
from twinhull.regional_api import operations

ROOT: Final = Path(__file__).resolve().parent.parent
LAMBDAS: Final = ROOT / "lambdas"
MAIL: Final = ROOT / "site" / "mail"
OPENAPI: Final = LAMBDAS / "openapi.json"

#: Folders that every function's package has, beside the function's own.
SHARED: Final = ("files", "notices", "telemetry", "users", "web")


def readiness_path() -> str:
    """Where a region's API says whether the region can serve."""
    [readiness] = [each for each in operations(json.loads(OPENAPI.read_text())) if each.id == "ready"]
    return readiness.route_key.partition(" ")[2]


def function_package(name: str) -> PythonPackage:
    """The package of `lambdas/functions/<name>`, with the same paths of modules as in `lambdas/`."""
    folder = LAMBDAS / "functions" / name
    names = (folder / "requirements.in").read_text().split()
    files = {"functions/__init__.py": LAMBDAS / "functions" / "__init__.py"}
    for source in (folder, *(LAMBDAS / shared for shared in SHARED)):
        files |= {path.relative_to(LAMBDAS).as_posix(): path for path in sorted(source.rglob("*.py"))}
    if name == "health":
        files["resources/openapi.json"] = OPENAPI
    contents = {path: source.read_bytes() for path, source in files.items()}
    if name == "notifier":
        contents |= {f"resources/mail/{_below(MAIL, path)}": path.read_bytes() for path in _mail()}
    elif "jinja2" in names:
        contents |= {f"resources/{path}": content for path, content in shells.resources().items()}
    return PythonPackage(
        name=name,
        files=contents | dict(_catalogues()),
        requirements=Lock.read(LAMBDAS / "requirements.txt").select(names),
    )


def _mail() -> list[Path]:
    """The templates of e-mails."""
    return sorted(path for path in MAIL.rglob("*") if path.suffix in {".txt", ".html"})


def _below(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


@functools.cache
def _catalogues() -> tuple[tuple[str, bytes], ...]:
    return tuple(_compiled())


def _compiled() -> Iterator[tuple[str, bytes]]:
    for language in shells.LANGUAGES:
        yield (
            f"resources/locales/{language.replace('-', '_')}/LC_MESSAGES/messages.mo",
            shells.compiled_catalogue(language),
        )
