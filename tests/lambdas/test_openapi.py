"""openapi.json is made from the routes and is fresh."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.lambdas.api import OPENAPI
from tools import openapi


def should_be_fresh() -> None:
    assert openapi.main(["--check"]) == 0


def should_notice_that_it_is_stale(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(openapi, "FILE", tmp_path / "openapi.json")
    assert openapi.main(["--check"]) == 1
    assert "stale" in capsys.readouterr().out
    assert openapi.main([]) == 0
    assert openapi.main(["--check"]) == 0
    (tmp_path / "openapi.json").write_text("{}")
    assert openapi.main(["--check"]) == 1


def operations() -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in OPENAPI["paths"].items()
        for method, operation in methods.items()
    }


def should_say_of_each_operation_who_may_call_it_and_which_function_serves_it() -> None:
    found = {name: (one["x-access"], one["x-function"]) for name, one in operations().items()}
    assert found == {
        "POST /users": ("anyone", "accounts"),
        "POST /sessions": ("anyone", "accounts"),
        "DELETE /sessions/current": ("signed-in", "accounts"),
        "PATCH /users/me": ("signed-in", "accounts"),
        "PUT /users/me/password": ("signed-in", "accounts"),
        "POST /password-links": ("anyone", "accounts"),
        "GET /password-links/{token}": ("anyone", "accounts"),
        "PUT /password-links/{token}": ("anyone", "accounts"),
        "POST /password-links/{token}": ("anyone", "accounts"),
        "POST /password-links/open": ("anyone", "accounts"),
        "POST /sessions/current/delete": ("signed-in", "accounts"),
        "POST /users/me": ("signed-in", "accounts"),
        "POST /users/me/password": ("signed-in", "accounts"),
        "POST /users/{id}/delete": ("admin-or-self", "directory"),
        "POST /users/{id}/role": ("admin", "directory"),
        "GET /users": ("admin", "directory"),
        "GET /users/{id}": ("admin-or-self", "directory"),
        "DELETE /users/{id}": ("admin-or-self", "directory"),
        "POST /users/{id}/restore": ("admin", "directory"),
        "PUT /users/{id}/role": ("admin", "directory"),
        "GET /users/{id}/history": ("admin-or-self", "directory"),
        "POST /uploads": ("signed-in", "uploads"),
        "GET /uploads": ("signed-in", "uploads"),
        "GET /uploads/{upload}": ("signed-in", "uploads"),
        "GET /uploads/{upload}/errors": ("signed-in", "uploads"),
        "GET /uploads/{upload}/file": ("signed-in", "uploads"),
        "GET /health/live": ("anyone", "health"),
        "GET /health/ready": ("anyone", "health"),
        "GET /openapi.json": ("anyone", "health"),
    }


def should_name_the_bounds_of_what_is_sent() -> None:
    fields = OPENAPI["components"]["schemas"]["RegistrationBody"]["properties"]
    assert (fields["name"]["minLength"], fields["name"]["maxLength"]) == (1, 200)
    assert (fields["password"]["minLength"], fields["password"]["maxLength"]) == (8, 128)
    assert fields["email"]["maxLength"] == 254
    limit = next(one for one in operations()["GET /users"]["parameters"] if one.get("name") == "limit")
    assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 25}


def should_point_only_at_what_is_there() -> None:
    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            here = {part["$ref"]} if "$ref" in part else set()
            return here.union(*map(references, part.values()))
        return set().union(*map(references, part)) if isinstance(part, list) else set()

    for reference in references(OPENAPI):
        found: Any = OPENAPI
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
    assert references(OPENAPI)


@pytest.mark.slow
def should_be_the_same_however_often_it_is_made() -> None:
    """Sets have another order under another hash seed."""
    made = [
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import json; from tools import openapi; print(json.dumps(openapi.describe()))",
            ],
            cwd=openapi.ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1] == json.dumps(openapi.describe()) + "\n"
