"""Import closures: what a handler needs; what cannot be followed is refused with its line."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.packaging.folders import HANDLER, package, refusal, write
from tests.packaging.wheels import pinned
from twinhull.packaging import PackagingError, PythonPackage


def modules(root: Path, code: str, sources: Mapping[str, str] | None = None) -> set[str]:
    """What a handler with this code ships besides itself."""
    made = package(root, {"app/handler.py": f"{code}\nhandler = 1\n", **(sources or {})})
    return set(made.files) - {"app/__init__.py", "app/handler.py"}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import one", {"one.py"}),
        ("import json, one as o", {"one.py"}),
        ("from one import name", {"one.py"}),
        ("from one import *", {"one.py"}),
        ("def later():\n    from one import name", {"one.py"}),
        ("class A:\n    import one", {"one.py"}),
        ("try:\n    import one\nexcept ImportError:\n    one = None", {"one.py"}),
        ("import two", {"one.py", "two.py"}),
        ("import pack", {"pack/__init__.py"}),
        (
            "import pack.deep.leaf",
            {"pack/__init__.py", "pack/deep/__init__.py", "pack/deep/leaf.py", "one.py"},
        ),
        (
            "from pack.deep import leaf",
            {"pack/__init__.py", "pack/deep/__init__.py", "pack/deep/leaf.py", "one.py"},
        ),
        ("from pack import name", {"pack/__init__.py"}),
        ("from pack import *", {"pack/__init__.py", "pack/star.py"}),
        ("from .sibling import name", {"app/sibling.py"}),
        ("from . import sibling", {"app/sibling.py"}),
        ("from app import sibling", {"app/sibling.py"}),
        ("import space.inner", {"space/inner.py"}),
        ("from space import inner", {"space/inner.py"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import one", set()),
        (
            "import typing\nif typing.TYPE_CHECKING:\n    import one\nelse:\n    import pack",
            {"pack/__init__.py"},
        ),
        (
            "from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    import one\nelse:\n    import two",
            {"one.py"},
        ),
        ("if __debug__:\n    import one", {"one.py"}),
        ("'import one'  # import two", set()),
    ],
)
def should_follow_every_form_of_import(code: str, found: set[str], tmp_path: Path) -> None:
    sources = {
        "one.py": "",
        "two.py": "import one",
        "three.py": "import nothing_like_this",
        "app/sibling.py": "",
        "pack/__init__.py": "__all__ = ['star', 'name']\nname = 1",
        "pack/star.py": "",
        "pack/deep/__init__.py": "",
        "pack/deep/leaf.py": "import one",
        "space/inner.py": "",
    }
    assert modules(tmp_path, code, sources) == found


def should_follow_relative_imports_upwards(tmp_path: Path) -> None:
    sources = {
        "app/deep/__init__.py": "",
        "app/deep/leaf.py": "from ..base import x\nfrom .. import other",
        "app/base.py": "",
        "app/other.py": "",
    }
    assert modules(tmp_path, "import app.deep.leaf", sources) == sources.keys()
    assert "a relative import leaves the folder" in refusal(tmp_path, "from ...outside import x")


def should_follow_circles(tmp_path: Path) -> None:
    assert modules(tmp_path, "import one", {"one.py": "import two", "two.py": "import one"}) == {
        "one.py",
        "two.py",
    }


DYNAMIC = {
    "import importlib\nimportlib.import_module('one')": 3,
    "from importlib import import_module": 2,
    "from importlib import import_module as load": 2,
    "import importlib as i\ni.import_module('one')": 3,
    "import importlib.resources\nimportlib.import_module('one')": 3,
    "import importlib\ngetattr(importlib, 'import_module')('one')": 3,
    "import importlib\nlibrary = importlib": 3,
    "from importlib import *": 2,
    "import importlib.util": 2,
    "from importlib import util": 2,
    "from importlib.machinery import SourceFileLoader": 2,
    "import importlib\nimportlib.reload(importlib.resources)": 3,
    "__import__('one')": 2,
    "load = __import__": 2,
    "import builtins\nbuiltins.__import__('one')": 3,
    "from builtins import __import__ as load": 2,
    "import builtins\ngetattr(builtins, '__import__')": 3,
    "__builtins__['__import__']('one')": 2,
    "__loader__.load_module('one')": 2,
    "__spec__.loader": 2,
    "import pkgutil": 2,
    "from pkgutil import iter_modules": 2,
    "import runpy": 2,
    "import zipimport": 2,
    "exec('import one')": 2,
    "eval('__import__')": 2,
    "compile('import one', '', 'exec')": 2,
    "import sys\nsys.path.append('lib')": 3,
    "from sys import path": 2,
    "import sys\nsys.meta_path.clear()": 3,
    "from importlib.metadata import entry_points": 2,
    "import importlib.metadata as m\nm.entry_points()": 3,
    "import logging.config\nlogging.config.dictConfig({})": 3,
    "def later():\n    import importlib\n    return importlib.import_module": 4,
}


@pytest.mark.parametrize("code", DYNAMIC)
def should_refuse_a_dynamic_import(code: str, tmp_path: Path) -> None:
    sentence = refusal(tmp_path, code)
    assert sentence.startswith(f"app/handler.py:{DYNAMIC[code]}: ")
    assert "can import what no statement names" in sentence


@pytest.mark.parametrize(
    "code",
    [
        "import re\npattern = re.compile('a')",
        "def compile(x): ...\ncompile(1)",
        "from re import compile\ncompile('a')",
        "from importlib.metadata import version\nversion('botocore')",
        "import sys\nsys.modules[__name__]",
        "class Model:\n    def eval(self): ...\nModel().eval()",
    ],
)
def should_not_take_other_things_for_a_dynamic_import(code: str, tmp_path: Path) -> None:
    assert modules(tmp_path, code) == set()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "import flask",
            "app/handler.py:2: flask is neither Python's, in this folder, in its lock nor in the SDK",
        ),
        ("def later():\n    import flask.app", "app/handler.py:3: flask.app is neither"),
        ("import telnetlib", "app/handler.py:2: telnetlib is neither"),
        ("import app.nothing", "app/handler.py:2: there is no module app.nothing"),
        ("from app.nothing import x", "app/handler.py:2: there is no module app.nothing"),
        ("import space\nfrom space import nothing", "app/handler.py:3: there is no module space.nothing"),
        ("import queue", "app/handler.py:2: queue hides Python's own module"),
        ("from dynamic import *", "dynamic/__init__.py:1: __all__ is no literal"),
        ("x = (", "app/handler.py:2: '(' was never closed; correct the syntax"),
    ],
)
def should_refuse_an_import_that_cannot_be_found(code: str, sentence: str, tmp_path: Path) -> None:
    write(tmp_path, "queue.py")
    write(tmp_path, "space/inner.py")
    write(tmp_path, "dynamic/__init__.py", "__all__ = [name for name in 'ab']")
    assert refusal(tmp_path, code).startswith(sentence)


def should_let_a_guarded_import_be_missing(tmp_path: Path) -> None:
    for guard in ("ImportError", "(KeyError, ModuleNotFoundError)", "Exception", ""):
        code = "try:\n    import flask, app.nothing\n    from app.no import x\nexcept {}:\n    flask = None"
        assert modules(tmp_path, code.format(guard)) == set()
    assert "flask" in refusal(tmp_path, "try:\n    import flask\nexcept KeyError:\n    pass")
    assert "flask" in refusal(
        tmp_path, "try:\n    def f():\n        import flask\nexcept ImportError:\n    pass"
    )
    assert "flask" in refusal(tmp_path, "try:\n    pass\nexcept ImportError:\n    import flask")


@pytest.mark.parametrize(
    ("handler", "sentence"),
    [
        ("app.nothing.handler", "there is no module 'app.nothing'"),
        ("app.handler.nothing", "app/handler.py binds no 'nothing'"),
        ("handler", "there is no module ''"),
    ],
)
def should_refuse_a_handler_that_is_missing(handler: str, sentence: str, tmp_path: Path) -> None:
    write(tmp_path, "app/handler.py", "def handler(event, context): ...")
    with pytest.raises(PackagingError, match=sentence):
        PythonPackage.from_entry(tmp_path, handler)


RESOURCES = {
    "app/texts/a.txt": "",
    "app/texts/deep/b.txt": "",
    "app/c.json": "",
    "data/d.json": "",
    "other.txt": "",
}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("files('app') / 'c.json'", {"app/c.json"}),
        ("files('app').joinpath('c.json').read_text()", {"app/c.json"}),
        ("files(__package__) / 'texts' / 'a.txt'", {"app/texts/a.txt"}),
        ("files() / 'texts/a.txt'", {"app/texts/a.txt"}),
        ("files('app.texts') / 'a.txt'", {"app/texts/a.txt"}),
        ("files('app').joinpath('texts', 'a.txt')", {"app/texts/a.txt"}),
        ("files('app') / 'texts'", {"app/texts/a.txt", "app/texts/deep/b.txt"}),
        ("files('app') / 'texts' / name", {"app/texts/a.txt", "app/texts/deep/b.txt"}),
        ("files('data') / 'd.json'", {"data/d.json"}),
        ("importlib.resources.files('data') / 'd.json'", {"data/d.json"}),
        ("importlib.resources.read_text('app', 'c.json')", {"app/c.json"}),
        ("import app\nfiles(app) / 'c.json'", {"app/c.json"}),
        ("files('json') / 'tool.py'", set()),
    ],
)
def should_ship_the_data_that_is_named(code: str, found: set[str], tmp_path: Path) -> None:
    for path in RESOURCES:
        write(tmp_path, path)
    head = "import importlib.resources\nfrom importlib.resources import files\nname = 'a.txt'\n"
    assert modules(tmp_path, head + code) == found


def should_ship_the_data_of_a_package_that_names_itself(tmp_path: Path) -> None:
    write(tmp_path, "app/c.json")
    source = "from importlib.resources import files\nfiles(__name__) / 'c.json'"
    assert modules(tmp_path, "", {"app/__init__.py": source}) == {"app/c.json"}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("files('app')", "no literal names what is read of app"),
        ("files('app') / name", "no literal names what is read of app"),
        ("files(name) / 'c.json'", "the package is no literal"),
        ("look = files", "importlib.resources.files is used as a value"),
        ("files('app') / 'nothing.json'", "there is no 'app/nothing.json'"),
        ("open(__file__)", "what is found by __file__ could be missing"),
    ],
)
def should_refuse_data_that_no_literal_names(code: str, sentence: str, tmp_path: Path) -> None:
    write(tmp_path, "app/c.json")
    assert f"app/handler.py:4: {sentence}" in refusal(
        tmp_path, f"from importlib.resources import files\nname = 'c.json'\n{code}"
    )


def should_ship_data_by_patterns_to_modules_that_find_it_themselves(tmp_path: Path) -> None:
    write(tmp_path, "app/texts/a.txt")
    write(tmp_path, "app/texts/a.md")
    made = package(tmp_path, {"app/handler.py": "handler = __file__"}, data=["app/texts/*.txt"])
    assert set(made.files) == {"app/__init__.py", "app/handler.py", "app/texts/a.txt"}


def should_ship_generated_files_that_are_named(tmp_path: Path) -> None:
    code = "from importlib.resources import files\nhandler = files('texts') / 'a.txt'\nimport made"
    made = package(
        tmp_path,
        {"app/handler.py": code},
        generated={"texts/a.txt": b"a", "texts/b.txt": b"b", "made.py": b"answer = 42"},
    )
    assert made.files["texts/a.txt"] == b"a"
    assert set(made.files) == {"app/__init__.py", "app/handler.py", "texts/a.txt", "made.py"}


def should_install_only_the_distributions_that_are_imported(tmp_path: Path, index: Path) -> None:
    lock = [
        pinned(index, "Used_Lib", {"used/__init__.py": b""}, requires=["below"]),
        pinned(index, "below", via="used-lib"),
        pinned(index, "unused"),
        pinned(index, "driver"),
        pinned(index, "space_one", {"space/one/__init__.py": b""}),
        pinned(index, "space_two", {"space/two.py": b""}),
    ]
    write(tmp_path, "requirements.txt", "".join(lock))
    code = (
        "import used\nfrom space import two\ntry:\n    import nothing\nexcept ImportError: ...\nhandler = 1"
    )

    def names(**options: object) -> list[str]:
        made = package(tmp_path, {"app/handler.py": code}, **options)
        return [each.partition("==")[0] for each in made.requirements]

    assert names() == ["Used_Lib", "below", "space_two"]
    assert names(distributions=["Driver"]) == ["Used_Lib", "below", "driver", "space_two"]
    assert "requirements.txt has no other" in refusal(tmp_path, "", distributions=["other"])


def should_leave_the_sdk_to_the_runtime_only_when_asked(tmp_path: Path) -> None:
    made = package(tmp_path, {"app/handler.py": "import boto3, urllib3\nhandler = 1"}, sdk="runtime")
    assert made.requirements == ()
    assert "boto3 is neither" in refusal(tmp_path, "import boto3")


def should_not_change_with_a_module_that_is_not_imported(tmp_path: Path) -> None:
    before = package(tmp_path, {"app/handler.py": "import one\nhandler = 1", "one.py": "", "two.py": ""})
    write(tmp_path, "two.py", "changed = True")
    assert PythonPackage.from_entry(tmp_path, HANDLER).hash == before.hash
    write(tmp_path, "one.py", "changed = True")
    assert PythonPackage.from_entry(tmp_path, HANDLER).hash != before.hash
