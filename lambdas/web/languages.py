"""Which language an answer is in, and its texts."""

import gettext
from collections.abc import Mapping
from functools import cache
from typing import Literal

from web.quality import qualities

Language = Literal["en", "zh-CN"]
LANGUAGES: tuple[Language, ...] = ("en", "zh-CN")


def choose(accept_language: str) -> Language:
    """The language a viewer prefers, English when neither is named.

    >>> choose("fr, zh-Hans;q=0.9, en;q=0.5")
    'zh-CN'
    """
    wanted: dict[Language, float] = {"en": 0.0, "zh-CN": 0.0}
    for tag, quality in qualities(accept_language):
        primary = tag.partition("-")[0]
        for language in LANGUAGES:
            if primary == language.partition("-")[0]:
                wanted[language] = max(wanted[language], quality)
    return "zh-CN" if wanted["zh-CN"] > wanted["en"] else "en"


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """The compiled catalogue of a language; English needs none."""
    from importlib.resources import files

    return gettext.translation(
        "messages",
        str(files("resources") / "locales"),
        [language.replace("-", "_")],
        fallback=language == "en",
    )


def say(language: Language, message: str, values: Mapping[str, int | str] | None = None) -> str:
    """A message in a language, its placeholders filled."""
    text = translations(language).gettext(message)
    return text % values if values else text
