"""Imports that no static analysis can follow; in first-party code they are refused."""

import ast
from typing import Final

from twinhull.packaging.source import Source

#: Import by a name that is a value, or change how imports are found. With everything below them.
DYNAMIC: Final = (
    "__builtins__",
    "builtins.__import__",
    "builtins.__loader__",
    "builtins.__spec__",
    "builtins.compile",
    "builtins.eval",
    "builtins.exec",
    "imp",
    "importlib.__import__",
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "importlib.find_loader",
    "importlib.import_module",
    "importlib.machinery",
    "importlib.metadata.EntryPoint",
    "importlib.metadata.entry_points",
    "importlib.reload",
    "importlib.util",
    "logging.config.dictConfig",
    "logging.config.fileConfig",
    "pkgutil",
    "pydoc.locate",
    "runpy",
    "site.addsitedir",
    "sys.meta_path",
    "sys.path",
    "sys.path_hooks",
    "zipimport",
)
#: Must not be used as values, since what is taken from them could then be any of the above.
_MODULES: Final = ("builtins", "importlib")


def refuse_dynamic_imports(source: Source) -> None:
    """Refuse what could import a module that nothing names.

    :raises PackagingError: names the file and the line.
    """
    for each in source.imports:
        named = f"{each.module}.{each.name}" if each.name else each.module
        if _is_dynamic(named) or (each.module in _MODULES and each.name == "*"):
            raise _refusal(source, each.line, named)
    for node in source.nodes:
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            continue
        if isinstance(node, ast.Name) and node.id in ("__builtins__", "__loader__", "__spec__"):
            raise _refusal(source, node.lineno, node.id)
        meaning = source.meaning(node)
        is_value = not isinstance(source.parents.get(node), ast.Attribute)
        if meaning and (_is_dynamic(meaning) or (meaning in _MODULES and is_value)):
            raise _refusal(source, node.lineno, meaning.removeprefix("builtins."))


def _is_dynamic(name: str) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in DYNAMIC)


def _refusal(source: Source, line: int, name: str) -> Exception:
    return source.refusal(
        line,
        f"{name} can import what no statement names, so that it could be missing from the package; write "
        "`import` statements (also inside functions), or use PythonPackage.from_folder",
    )
