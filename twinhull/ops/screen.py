"""What is printed: sentences and tables for people, or one JSON document for programs."""

import json
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from twinhull.ops.trouble import Exit, TroubleError

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead, and ask nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

__all__ = ["Json", "Screen", "Yes"]


class Screen:
    """Standard output. With ``as_json`` only `document` prints there, and progress goes nowhere."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._console = Console(highlight=False, soft_wrap=True)

    def say(self, line: str = "") -> None:
        """A line for people."""
        if not self.as_json:
            self._console.print(escape(line), emoji=False)

    def show(self, renderable: Any) -> None:
        """A table for people."""
        if not self.as_json:
            self._console.print(renderable)

    def document(self, content: Mapping[str, Any]) -> None:
        """The answer for programs."""
        if self.as_json:
            print_json(content)

    def confirm(self, word: str, *, yes: bool) -> None:
        """Go on only if a word is typed, or ``yes``.

        :raises TroubleError: something else was typed, or there is nobody to ask.
        """
        if yes:
            return
        if self.as_json:
            raise TroubleError("not-confirmed", "--json asks nothing: add --yes.", Exit.USAGE)
        try:
            typed = input(f"Type {word} to go on: ")
        except EOFError:
            raise TroubleError(
                "not-confirmed", "Nothing was changed: there is nobody to ask; add --yes.", Exit.USAGE
            ) from None
        if typed.strip() != word:
            raise TroubleError("not-confirmed", f"Nothing was changed: {word} was not typed.")


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def complain(trouble: TroubleError, *, as_json: bool) -> None:
    """Say what went wrong: a sentence on standard error, or `{"error": …}` on standard output."""
    if as_json:
        print_json({"error": trouble.said})
    else:
        sys.stderr.write(f"✗ {trouble}\n")
