"""The answer to what no route serves: 405 where another method would do, else 404."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from web.problems import Problem
from web.request import Request


def missing(request: Request) -> Problem:
    """Of the paths that openapi.json describes, one with this shape is there, with other methods."""
    allowed = {
        method for path, methods in _paths().items() if path.fullmatch(request.path) for method in methods
    }
    if not allowed or request.method in allowed:
        return Problem("not-found")
    if "GET" in allowed:
        allowed.add("HEAD")
    return Problem("method-not-allowed", headers={"allow": ", ".join(sorted(allowed))})


@cache
def _paths() -> Mapping[re.Pattern[str], frozenset[str]]:
    described = json.loads((files("resources") / "openapi.json").read_text("utf-8"))
    base = described["servers"][0]["url"]
    return {
        re.compile(base + re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))): frozenset(
            method.upper() for method in operations
        )
        for path, operations in described["paths"].items()
    }
