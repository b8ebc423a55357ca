"""What the code says of itself: docstrings, signatures and fields."""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from doctest import DocTestParser
from functools import cached_property
from types import ModuleType
from typing import Any, is_typeddict

Field = tuple[str, str, str | None]
"""Name, type, and default if there is one, as they stand in the source."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """What a docstring says: its prose, its example, and its fields by kind and name."""

    prose: str
    example: str
    fields: Mapping[str, Mapping[str, str]]


def described(thing: Any) -> Described:
    """Take a docstring apart."""
    doc = inspect.getdoc(thing) or ""
    fields: dict[str, dict[str, str]] = {}
    for kind, name, said in re.findall(r"^:(\w+) ?([\w.]*): (.*(?:\n +.*)*)", doc, re.MULTILINE):
        fields.setdefault(kind, {})[name] = " ".join(said.split())
    prose = re.split(r"^(?:>>>|:\w+ ?\w*:)", doc, maxsplit=1, flags=re.MULTILINE)[0].strip()
    example = "".join(one.source for one in DocTestParser().get_examples(doc))
    return Described(prose=prose, example=example, fields=fields)


def arguments(made: type) -> list[Field]:
    """What a class is made from: its keyword arguments, or its fields."""
    if is_dataclass(made):
        return list(fields(made))
    (function,) = source(made.__init__).body  # type: ignore[misc]
    assert isinstance(function, ast.FunctionDef)
    return [
        (
            one.arg,
            ast.unparse(one.annotation) if one.annotation else "",
            ast.unparse(default) if default else None,
        )
        for one, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    ]


def overrides(made: type) -> type | None:
    """The typed dictionary of what a construct passes through."""
    if is_dataclass(made):
        return None
    init = made.__init__  # type: ignore[misc]
    found = re.search(r"\*\*\w+: Unpack\[(\w+)\]", inspect.getsource(init))
    return getattr(module(made), found[1]) if found else None


def fields(made: type) -> Iterator[tuple[str, str, str | None]]:
    """Name, type and default of the fields of a dataclass or a typed dictionary."""
    (definition,) = source(made).body
    assert isinstance(definition, ast.ClassDef)
    for base in definition.bases:  # a typed dictionary forgets what it was made from
        found: Any = getattr(module(made), ast.unparse(base), None)
        if is_typeddict(found):
            yield from fields(found)
    for line in definition.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            default = ast.unparse(line.value) if line.value else None
            yield line.target.id, ast.unparse(line.annotation), default


def call(member: Any) -> str:
    """The arguments of a method; nothing for a property."""
    if isinstance(member, property | cached_property):
        return ""
    function = source(getattr(member, "__func__", member)).body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    names = [one.arg for one in arguments.args if one.arg not in ("self", "cls")]
    names += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    names += [f"{one.arg}=" for one in arguments.kwonlyargs]
    return f"({', '.join(names)})"


def source(thing: Any) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(thing)))


def module(made: type) -> ModuleType:
    return sys.modules[made.__module__]
