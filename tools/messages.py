"""Bring the catalogues of site/locales up to date with the texts in the code, or check that they are.

    python -m tools.messages           extract, and merge into each language's messages.po
    python -m tools.messages --check   fail when a catalogue is stale, or a translation missing or fuzzy

Message ids are English sentences. English is its own translation and needs no translator.
"""

import argparse
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "site" / "locales"
SOURCES = ("lambdas", "site", "stacks")
METHODS = [
    ("**.py", "python"),
    ("**.html", "jinja2.ext:babel_extract"),
    ("**.txt", "jinja2.ext:babel_extract"),
]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_noop": None,
    "N_": None,
    "pgettext": ((1, "c"), 2),
    "ngettext": (1, 2),
}
HEADER = """\
# Texts of twinhull. Brought up to date by: python -m tools.messages
msgid ""
msgstr ""
"Language: {language}\\n"
"POT-Creation-Date: 2026-11-23 00:00+0000\\n"
"PO-Revision-Date: 2026-11-23 00:00+0000\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def extracted(locale: str) -> Catalog:
    """All messages in the sources, untranslated, each with the files it stands in."""
    catalogue = Catalog(locale)
    for source in SOURCES:
        for file, _line, message, comments, context in extract_from_dir(
            ROOT / source,
            method_map=METHODS,
            options_map={"**.html": {"silent": "false"}},
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        ):
            location = f"{source}/{Path(file).as_posix()}"
            catalogue.add(message, locations=[(location, 0)], auto_comments=comments, context=context)
    return catalogue


def merged(path: Path) -> Catalog:
    """What the catalogue of a language has to be: the messages of the sources with the translations known."""
    language = path.parts[-3]
    with path.open("rb") as file:
        known = read_po(file, locale=language)
    catalogue = extracted(language)
    for message in catalogue:
        if not message.id:
            continue
        message.string = message.id if language == "en" else ""
        translated = known.get(message.id, message.context)
        if translated and not message.string:
            message.string, message.flags = translated.string, message.flags | translated.flags
    return catalogue


def text(catalogue: Catalog, language: str) -> bytes:
    """A catalogue as it is stored: without dates and people, which change when no text has changed."""
    out = io.BytesIO()
    write_po(out, catalogue, include_lineno=False, sort_output=True, width=110, omit_header=True)
    return HEADER.format(language=language).encode() + out.getvalue()


def faults(catalogue: Catalog) -> list[str]:
    """Sentences about messages that a reader of this language would not see in it."""
    found = []
    for message in catalogue:
        if not message.id:
            continue
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(strings):
            found.append(f"{catalogue.locale_identifier}: “{message.id}” is not translated")
        if message.fuzzy:
            found.append(
                f"{catalogue.locale_identifier}: the translation of “{message.id}” is marked as fuzzy"
            )
    for message, errors in catalogue.check():
        found += [f"{catalogue.locale_identifier}: “{message.id}”: {error}" for error in errors]
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.messages", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing and fail when something is to do"
    )
    check = parser.parse_args(arguments).check
    problems = []
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/messages.po")):
        catalogue = merged(path)
        problems += faults(catalogue)
        fresh = text(catalogue, path.parts[-3])
        if fresh == path.read_bytes():
            continue
        if check:
            problems.append(
                f"{catalogue.locale_identifier}: the catalogue is stale: run python -m tools.messages"
            )
        else:
            path.write_bytes(fresh)
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
