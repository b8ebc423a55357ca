"""A page taken apart into its elements, for assertions."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Element:
    """``text`` is what follows the start tag, up to the next tag."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Markup(HTMLParser):
    """The elements of a page in document order, those inside ``<template>`` included."""

    source: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._just_opened = False
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        self._just_opened = True

    def handle_endtag(self, tag: str) -> None:
        self._just_opened = False

    def handle_data(self, data: str) -> None:
        if self._just_opened:
            self.elements[-1].text += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def with_attribute(self, name: str) -> list[Element]:
        return [element for element in self.elements if name in element.attributes]

    def values(self, name: str) -> list[str]:
        return [element.attributes[name] for element in self.with_attribute(name)]


def inline_code(markup: Markup) -> list[str]:
    """What the content security policy of the site would refuse, or htmx would have to evaluate."""
    found = [
        f"<{element.tag}> with content" for element in markup.all("script", "style") if element.text.strip()
    ]
    for element in markup.elements:
        for name, value in element.attributes.items():
            if name == "style" or name.startswith(("on", "hx-on")):
                found.append(f"{name} on <{element.tag}>")
            if value.lstrip().lower().startswith(("javascript:", "js:", "data:")):
                found.append(f"{name}={value} on <{element.tag}>")
            if name == "hx-trigger" and "[" in value:
                found.append(f"a filter in hx-trigger on <{element.tag}>")
    return found
