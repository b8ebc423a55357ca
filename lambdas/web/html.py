"""The HTML representations of an answer: a fragment, or a page, from the same templates as the site's."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.languages import Language, translations
from web.representations import user_context
from web.request import KEY_FIELD, Request


def render(fragment: str, language: Language, context: Mapping[str, Any]) -> str:
    """A fragment in a language."""
    return _render(f"fragments/{fragment}", language, context)


def render_page(page: str, request: Request, context: Mapping[str, Any]) -> str:
    """A whole page, which needs no script, for who asks.

    Each of its forms has an idempotency key: a form that is sent twice does once what it is for.
    """
    viewer = user_context(request.viewer.profile) if request.viewer else None
    common = {
        "path": "",
        "here": request.path,
        "viewer": viewer,
        "values": {},
        "faults": {},
        "code": None,
        KEY_FIELD: None,
        "new_key": lambda: str(uuid4()),
    }
    return _render(f"pages/{page}", request.language, {**common, **context})


def _render(template: str, language: Language, context: Mapping[str, Any]) -> str:
    return _environment(language).get_template(template).render({**context, "language": language})


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(str(files("resources") / "site")),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    published = json.loads((files("resources") / "site.json").read_text("utf-8"))
    environment.globals["asset"] = published["assets"].__getitem__
    environment.globals["languages"] = published["languages"]
    return environment
