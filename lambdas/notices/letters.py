"""What a notice says: a subject, a text and the same as HTML, in the language of whom it is for."""

import gettext
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notices.model import Letter, Notice, Recipient

if TYPE_CHECKING:
    from jinja2 import Environment


class Letters:
    """Renders `kinds/<kind>.txt`, which says what to say, into `layout.txt` and `layout.html`."""

    def __init__(self, folder: Path, translations: Callable[[str], gettext.NullTranslations]) -> None:
        """``folder`` holds the templates, ``translations`` gives the catalogue of a language."""
        self._folder = folder
        self._translations = translations
        self._environments: dict[str, Environment] = {}

    def write(self, notice: Notice, recipient: Recipient) -> Letter:
        """The letter.

        It names nobody, and what somebody has written only when his address is verified: else anybody could
        have his own words sent to any address.
        """
        environment = self._environment(recipient.locale)
        page = f"{recipient.page}/{recipient.locale}/"
        says: Any = environment.get_template(f"kinds/{notice.kind}.txt").make_module(
            {
                "about": notice.about if recipient.is_verified else "",
                "at": moment(notice.at),
                "until": moment(recipient.until) if recipient.until else "",
            }
        )
        parts = {
            "language": recipient.locale,
            "link": recipient.link,
            "page": page,
            **{name: getattr(says, name) for name in ("subject", "paragraphs", "action", "afterwards")},
        }
        return Letter(
            notice=notice.id,
            to=recipient.email,
            subject=says.subject,
            text=environment.get_template("layout.txt").render(parts),
            html=environment.get_template("layout.html").render(parts),
            locale=recipient.locale,
        )

    def _environment(self, language: str) -> "Environment":
        if language not in self._environments:
            from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

            environment = Environment(
                loader=FileSystemLoader(self._folder),
                autoescape=select_autoescape(["html"]),
                undefined=StrictUndefined,
                extensions=["jinja2.ext.i18n"],
                trim_blocks=True,
                lstrip_blocks=True,
            )
            translations = self._translations(language)
            environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
            self._environments[language] = environment
        return self._environments[language]


def moment(at: datetime) -> str:
    """A point in time as both languages write it.

    >>> moment(datetime(2026, 11, 23, 9, 5, tzinfo=UTC))
    '2026-11-23 09:05 UTC'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
