"""Write lambdas/openapi.json from the routes in the code; `--check` says whether the file is stale."""

import copy
import importlib
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "lambdas" / "openapi.json"
sys.path.insert(0, str(ROOT / "lambdas"))

from pydantic import TypeAdapter  # noqa: E402
from pydantic.json_schema import JsonSchemaMode  # noqa: E402

from web.cookie import COOKIE  # noqa: E402
from web.problems import KINDS, Code  # noqa: E402
from web.representations import ProblemBody  # noqa: E402
from web.request import KEY_FIELD  # noqa: E402
from web.routes import BASE, Route  # noqa: E402

FORM = "application/x-www-form-urlencoded"
REF = "#/components/schemas/{model}"
FUNCTIONS = ("accounts", "directory", "health", "uploads")
HEADERS = {name: {"$ref": f"#/components/headers/{name}"} for name in ("x-request-id", "x-served-region")}
ANSWER_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    405: {"Allow": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
}


def routes() -> list[Route[Any]]:
    """Every route of every function."""
    return [
        route
        for function in FUNCTIONS
        for route in importlib.import_module(f"functions.{function}.routes").routes.all
    ]


class Schemas:
    """The schemas and problems that routes use, each under its name."""

    def __init__(self) -> None:
        self.all: dict[str, Any] = {}
        self.problems: dict[str, Any] = {}

    def ref(self, kind: Any, mode: JsonSchemaMode) -> dict[str, Any]:
        """A reference to the schema of a type."""
        schema = TypeAdapter(kind).json_schema(ref_template=REF, mode=mode)
        self.all |= schema.pop("$defs", {})
        if "$ref" in schema:
            return {"$ref": schema["$ref"]}
        if "title" not in schema:
            return dict(schema)
        self.all[schema["title"]] = schema
        return {"$ref": REF.format(model=schema["title"])}

    def form(self, route: Route[Any]) -> dict[str, Any]:
        """A reference to the schema of what a form sends: the body, and the key which has no header there."""
        fields: dict[str, Any] = {"type": "object", "properties": {}}
        name = "KeyForm"
        if route.body:
            self.ref(route.body, "validation")
            name = route.body.__name__.removesuffix("Body") + "Form"
            fields = without_defaults(copy.deepcopy(self.all[route.body.__name__]))
        fields["title"] = name
        fields["properties"][KEY_FIELD] = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
        self.all[name] = fields
        return {"$ref": REF.format(model=name)}

    def problem(self, status: int, codes: list[Code]) -> dict[str, Any]:
        """A reference to the answer that has one of these codes."""
        name = ".".join([str(status), *codes])
        is_code = {"properties": {"code": {"enum": codes}}}
        schema = {"allOf": [self.ref(ProblemBody, "serialization"), is_code]}
        self.problems[name] = {
            "description": " · ".join(f"`{code}`: {KINDS[code].title}" for code in codes),
            "headers": {**HEADERS, **ANSWER_HEADERS.get(status, {})},
            "content": {"application/problem+json": {"schema": schema}},
        }
        return {"$ref": f"#/components/responses/{name}"}


def parameters(route: Route[Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if route.has_target:
        found.append(
            {
                "name": "id",
                "in": "path",
                "required": True,
                "description": "A user's id, or `me` for oneself.",
                "schema": {"type": "string", "pattern": "^(usr_[0-9a-f-]{36}|me)$"},
            }
        )
    if "{upload}" in route.path:
        found.append(
            {
                "name": "upload",
                "in": "path",
                "required": True,
                "description": "An upload's id.",
                "schema": {"type": "string", "pattern": "^upl_[0-9a-f-]{36}$"},
            }
        )
    if "{token}" in route.path:
        found.append(
            {
                "name": "token",
                "in": "path",
                "required": True,
                "description": "What the link in the e-mail ends with.",
                "schema": {"type": "string"},
            }
        )
    if route.query:
        schema = route.query.model_json_schema()
        for name, one in schema["properties"].items():
            one.pop("title", None)
            if one.get("default") == "":
                del one["default"]
            found.append({"name": name, "in": "query", "required": False, "schema": one})
    if route.takes_key:
        found.append({"$ref": "#/components/parameters/Idempotency-Key"})
    found.append({"$ref": "#/components/parameters/Accept-Language"})
    return found


def without_defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """A request's schema: what is left out has no value, so there is no default to tell."""
    for one in schema.get("properties", {}).values():
        one.pop("default", None)
    return schema


def responses(route: Route[Any], schemas: Schemas) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, kind in route.answers.items():
        answer: dict[str, Any] = {"description": route.summary, "headers": dict(HEADERS)}
        content = {"text/html": {"schema": {"type": "string"}}} if route.fragment or route.page else {}
        if kind is not None:
            content["application/json"] = {"schema": schemas.ref(kind, "serialization")}
        if status == 204 and content:
            described = f"{route.summary}: as HTML"
            found["200"] = {"description": described, "headers": HEADERS, "content": content}
        elif kind is not None:
            answer["content"] = dict(sorted(content.items()))
        found[str(status)] = answer
    if route.then:
        headers = {"Location": {"schema": {"type": "string"}}, **HEADERS}
        found["303"] = {"description": "Done; for who wants a whole page", "headers": headers}
    for status, codes in route.problems().items():
        found[str(status)] = schemas.problem(status, codes)
    return dict(sorted(found.items()))


def operation(route: Route[Any], schemas: Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "x-access": route.access,
        "x-function": route.function,
        "security": [] if route.access == "anyone" else [{"cookie": []}, {"bearer": []}],
        "parameters": parameters(route),
    }
    if route.body:
        schema = schemas.ref(route.body, "validation")
        without_defaults(schemas.all[route.body.__name__])
        described["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {"schema": schema},
                FORM: {"schema": schemas.form(route) if route.takes_key else schema},
            },
        }
    elif route.takes_key and route.method == "POST":
        described["requestBody"] = {"required": False, "content": {FORM: {"schema": schemas.form(route)}}}
    described["responses"] = responses(route, schemas)
    return described


def describe() -> dict[str, Any]:
    """The whole document."""
    schemas = Schemas()
    paths: dict[str, Any] = {}
    for route in routes():
        paths.setdefault(route.path, {})[route.method.lower()] = operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "twinhull",
            "version": "1",
            "description": "Users in two regions. Errors are problem details (RFC 9457) with a `code` of a "
            "closed list; every answer says in `x-served-region` which region gave it.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": BASE}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.all.items())),
            "responses": dict(sorted(schemas.problems.items())),
            "parameters": {
                "Idempotency-Key": {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "description": "Makes a repetition of this request harmless; kept for 24 hours.",
                    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                },
                "Accept-Language": {
                    "name": "Accept-Language",
                    "in": "header",
                    "description": "`en` or `zh-CN`.",
                    "schema": {"type": "string"},
                },
            },
            "headers": {
                "x-request-id": {"schema": {"type": "string"}},
                "x-served-region": {"schema": {"type": "string"}},
            },
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def main(arguments: list[str]) -> int:
    text = json.dumps(describe(), indent=2, ensure_ascii=False) + "\n"
    if "--check" not in arguments:
        FILE.write_text(text)
    elif not FILE.exists() or FILE.read_text() != text:
        print("lambdas/openapi.json is stale: run `.venv/bin/python -m tools.openapi`.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
