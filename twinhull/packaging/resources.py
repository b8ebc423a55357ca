"""Data that code names: by `importlib.resources`, with literals."""

import ast
from collections.abc import Collection
from typing import Final

from twinhull.packaging.source import Source

_FILES: Final = "importlib.resources.files"
#: https://docs.python.org/3/library/importlib.resources.html#functional-api
_FUNCTIONS: Final = tuple(
    f"importlib.resources.{name}"
    for name in ("read_text", "read_binary", "open_text", "open_binary", "path", "is_resource", "contents")
)
_HINT: Final = 'write `importlib.resources.files("package") / "name"` with literals'


def named_resources(
    source: Source, paths: Collection[str], *, may_use_file: bool
) -> tuple[set[str], set[str]]:
    """Return the paths of the data that a module names, and the packages that are imported to find it.

    :param paths: all that could be named; of a folder, everything in it is.
    :param may_use_file: whether data may be found by `__file__`.
    :raises PackagingError: a name is no literal, or there is no such file.
    """
    data: set[str] = set()
    packages: set[str] = set()
    for node in source.nodes:
        meaning = source.meaning(node) if isinstance(node, ast.Name | ast.Attribute) else None
        if isinstance(node, ast.Name) and node.id == "__file__" and not may_use_file:
            reason = "what is found by __file__ could be missing from the package"
            raise source.refusal(node, f"{reason}; {_HINT}, or name the data in `data`")
        if meaning not in (_FILES, *_FUNCTIONS):
            continue
        call = source.parents.get(node)
        if not isinstance(call, ast.Call) or call.func is not node:
            raise source.refusal(node, f"{meaning} is used as a value; {_HINT}")
        anchor = _anchor(source, call)
        names = _chain(source, call) if meaning == _FILES else _literals(call.args[1:])
        if not names:
            raise source.refusal(call, f"no literal names what is read of {anchor}; {_HINT}")
        path = "/".join((*anchor.split("."), *names))
        found = {each for each in paths if each == path or each.startswith(f"{path}/")}
        if any(each.partition("/")[0] == anchor.partition(".")[0] for each in paths):
            if not found:
                raise source.refusal(call, f"there is no {path!r}; name a file or folder that exists")
            data |= found
        packages.add(anchor)
    return data, packages


def _anchor(source: Source, call: ast.Call) -> str:
    if not call.args:
        return source.package
    argument = call.args[0]
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    if isinstance(argument, ast.Name) and argument.id == "__package__":
        return source.package
    if isinstance(argument, ast.Name) and argument.id == "__name__" and source.is_package:
        return source.module
    if (meaning := source.meaning(argument)) and not meaning.startswith("builtins."):
        return meaning
    raise source.refusal(call, f"the package is no literal; {_HINT}")


def _chain(source: Source, call: ast.Call) -> list[str]:
    """The literals of `files(…) / "a" / "b"` and `files(…).joinpath("a", "b")`."""
    names: list[str] = []
    node: ast.AST = call
    while True:
        parent = source.parents[node]
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Div) and parent.left is node:
            more = _literals([parent.right])
        elif isinstance(parent, ast.Attribute) and parent.attr == "joinpath":
            parent = source.parents[parent]
            more = _literals(parent.args) if isinstance(parent, ast.Call) else []
        else:
            return names
        names += more
        if not more:
            return names
        node = parent


def _literals(arguments: list[ast.expr]) -> list[str]:
    """The leading literals; of what follows, anything in the folder that they name could be meant."""
    names: list[str] = []
    for argument in arguments:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            break
        names += argument.value.split("/")
    return names
