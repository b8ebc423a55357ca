"""The HTML representation of an answer: a fragment, from the same templates as the page."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.languages import Language, translations
from web.resources import resource


def render(fragment: str, language: Language, context: Mapping[str, Any]) -> str:
    """A fragment in a language."""
    return _environment(language).get_template(fragment).render({**context, "language": language})


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resource("fragments")),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment
