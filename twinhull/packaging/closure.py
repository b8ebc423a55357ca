"""The modules that a handler imports, directly and indirectly, and the data that they name."""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from twinhull.packaging.dynamic_imports import refuse_dynamic_imports
from twinhull.packaging.errors import PackagingError
from twinhull.packaging.resources import named_resources
from twinhull.packaging.source import Import, Source, parse
from twinhull.packaging.standard_library import standard_library

#: Return the distributions that provide a module; guarded imports may lack one.
Providers = Callable[[str], frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Closure:
    """What a handler needs.

    :param sources: path → first-party module.
    :param data: paths of files that are no modules.
    :param distributions: names of those that it imports.
    """

    sources: Mapping[str, Source]
    data: frozenset[str]
    distributions: frozenset[str]

    @property
    def paths(self) -> frozenset[str]:
        return self.data | self.sources.keys()


def import_closure(
    files: Mapping[str, bytes],
    handler: str,
    *,
    providers: Providers,
    python_version: str,
    may_use_file: bool = False,
) -> Closure:
    """Follow the imports of a handler.

    :param files: everything that could be packaged, path → content.
    :param handler: like `functions.accounts.handler.handler`.
    :param providers: of modules that are not among the files.
    :param may_use_file: whether data may be found by `__file__`.
    :raises PackagingError: names the file and the line of an import that cannot be followed.
    """
    module, _, function = handler.rpartition(".")
    search = _Search(
        files=files,
        providers=providers,
        standard=standard_library(python_version),
        may_use_file=may_use_file,
    )
    source = search.module(module)
    if source is None or function not in source.bound:
        lacks = f"{source.path} binds no {function!r}" if source else f"there is no module {module!r}"
        raise PackagingError(f"The handler {handler!r} is missing: {lacks}; write `module.function`.")
    search.follow(module)
    return Closure(
        sources={each.path: each for each in search.found.values()},
        data=frozenset(search.data),
        distributions=frozenset(search.distributions),
    )


@dataclass(kw_only=True)
class _Search:
    files: Mapping[str, bytes]
    providers: Providers
    standard: frozenset[str]
    may_use_file: bool
    found: dict[str, Source] = field(default_factory=dict)
    data: set[str] = field(default_factory=set)
    distributions: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.folders = {str(parent) for path in self.files for parent in PurePosixPath(path).parents}
        self.top = {path.partition("/")[0].removesuffix(".py") for path in self.files}
        self.importable = {each for each in self.top if each.isidentifier()}

    def module(self, name: str) -> Source | None:
        stem = name.replace(".", "/")
        for path in (f"{stem}/__init__.py", f"{stem}.py"):
            if path in self.files:
                return parse(name, path, path.endswith("/__init__.py"), self.files[path])
        return None

    def exists(self, name: str) -> bool:
        """As a module, a package, or a package without `__init__.py`."""
        return self.module(name) is not None or name.replace(".", "/") in self.folders

    def follow(self, name: str) -> None:
        """Take a module, those of its packages, and all that they import."""
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current in self.seen:
                continue
            self.seen.add(current)
            waiting += [parent] if (parent := current.rpartition(".")[0]) else []
            if (source := self.module(current)) is None:
                continue
            self.found[current] = source
            refuse_dynamic_imports(source)
            data, packages = named_resources(source, self.files.keys(), may_use_file=self.may_use_file)
            self.data |= {path for path in data if not path.endswith("/__init__.py")}
            for package in packages:
                waiting += self.target(source, Import(module=package, name=None, line=1, guarded=False))
            for each in source.imports:
                waiting += self.target(source, each)

    def target(self, source: Source, each: Import) -> Iterable[str]:
        """The first-party modules that an import loads; others are checked."""
        top = each.module.partition(".")[0]
        if top in self.importable and self.exists(top):
            return self._first_party(source, each)
        if top in self.standard or top == "__future__":
            return ()
        named = f"{each.module}.{each.name}" if each.name else each.module
        provided = self.providers(named) or self.providers(each.module)
        if not provided and not each.guarded:
            raise source.refusal(
                each.line,
                f"{each.module} is neither Python's, in this folder, in its lock nor in the SDK; add its "
                "distribution to the lock",
            )
        self.distributions |= provided
        return ()

    def _first_party(self, source: Source, each: Import) -> Iterable[str]:
        top = each.module.partition(".")[0]
        if top in self.standard:
            raise source.refusal(each.line, f"{top} hides Python's own module of this name; rename it")
        if not self.exists(each.module):
            if each.guarded:
                return ()
            raise source.refusal(each.line, f"there is no module {each.module}; correct the import")
        loaded = [each.module]
        module = self.module(each.module)
        if each.name == "*":
            loaded += [f"{each.module}.{name}" for name in self._exported(module)]
        elif each.name is not None and (module is None or module.is_package):
            submodule = f"{each.module}.{each.name}"
            if self.exists(submodule):
                loaded.append(submodule)
            elif module is None and not each.guarded:
                raise source.refusal(each.line, f"there is no module {submodule}; correct the import")
        return loaded

    def _exported(self, module: Source | None) -> Iterable[str]:
        """The submodules that `import *` loads."""
        if module is None or not module.is_package:
            return
        for node in module.nodes:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if not any(isinstance(each, ast.Name) and each.id == "__all__" for each in targets):
                continue
            try:
                names = ast.literal_eval(node.value)  # type: ignore[attr-defined]
            except ValueError as error:
                raise module.refusal(
                    node, "__all__ is no literal; write one, since `import *` loads it"
                ) from error
            yield from (name for name in names if self.exists(f"{module.module}.{name}"))
