"""The source of one module: what it imports, and what names mean in it."""

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from twinhull.packaging.errors import PackagingError

_GUARDS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True, kw_only=True)
class Import:
    """One statement, or one name of it.

    :param module: absolute name.
    :param name: what is imported from the module; None for the module itself.
    :param guarded: whether its failure is caught.
    """

    module: str
    name: str | None
    line: int
    guarded: bool


@dataclass(frozen=True)
class Source:
    """A module, parsed; blocks for type checkers are left aside.

    :param path: for messages.
    """

    module: str
    path: str
    is_package: bool
    tree: ast.Module

    @property
    def package(self) -> str:
        """The package that the module is in, or is."""
        return self.module if self.is_package else self.module.rpartition(".")[0]

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Everything that can be executed."""
        return list(_executed(self.tree))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def imports(self) -> list[Import]:
        """All imports, also those inside functions."""
        return [
            Import(
                module=self.absolute(node) if isinstance(node, ast.ImportFrom) else alias.name,
                name=alias.name if isinstance(node, ast.ImportFrom) else None,
                line=node.lineno,
                guarded=self._guarded(node),
            )
            for node in self.nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        ]

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that the module binds somewhere."""
        return frozenset(
            name
            for node in ast.walk(self.tree)
            for name in (
                getattr(node, "arg", None),
                getattr(node, "name", None),
                getattr(node, "asname", None),
                node.id if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) else None,
            )
            if isinstance(name, str)
        )

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Imported name → what it stands for."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    found[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{self.absolute(node)}.{alias.name}"
        return found

    def meaning(self, node: ast.AST) -> str | None:
        """Return the absolute name of what `a.b` stands for, if it is imported or built in."""
        if isinstance(node, ast.Name):
            if node.id in self.aliases:
                return self.aliases[node.id]
            return f"builtins.{node.id}" if hasattr(builtins, node.id) and node.id not in self.bound else None
        if isinstance(node, ast.Attribute) and (value := self.meaning(node.value)):
            return f"{value}.{node.attr}"
        return None

    def absolute(self, node: ast.ImportFrom) -> str:
        """Return the module that a statement imports from.

        :raises PackagingError: it leaves the root.
        """
        if not node.level:
            return node.module or ""
        parts = self.package.split(".") if self.package else []
        if node.level > len(parts):
            raise self.refusal(node, "a relative import leaves the folder; import by the absolute name")
        return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])

    def refusal(self, at: ast.AST | int, reason: str) -> PackagingError:
        """Return the error for a line."""
        line = at if isinstance(at, int) else getattr(at, "lineno", 1)
        return PackagingError(f"{self.path}:{line}: {reason}.")

    def _guarded(self, node: ast.AST) -> bool:
        while (parent := self.parents.get(node)) is not None:
            if isinstance(parent, ast.Try) and node in parent.body:
                for handler in parent.handlers:
                    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
                    if any(kind is None or getattr(kind, "id", None) in _GUARDS for kind in kinds):
                        return True
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
                return False
            node = parent
        return False


@lru_cache(maxsize=4096)
def parse(module: str, path: str, is_package: bool, content: bytes) -> Source:
    """Parse a module.

    :raises PackagingError: it has a fault of syntax.
    """
    try:
        tree = ast.parse(content, path)
    except SyntaxError as error:
        raise PackagingError(f"{path}:{error.lineno or 1}: {error.msg}; correct the syntax.") from error
    return Source(module, path, is_package, tree)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.If):
        name = ast.unparse(node.test)
        if name in ("TYPE_CHECKING", "typing.TYPE_CHECKING", "False"):
            children = [*node.orelse]
        elif name in ("not TYPE_CHECKING", "not typing.TYPE_CHECKING"):
            children = [*node.body]
    for child in children:
        yield from _executed(child)
