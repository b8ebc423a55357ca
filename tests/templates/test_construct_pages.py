"""Each construct has a page, and the page says what the code does."""

import ast
import re
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

import twinhull
from tests.templates.constructs import BUILDERS
from tools.constructs.code import arguments, described, fields
from tools.constructs.example import Built, build, constructs, documented, example, run
from tools.constructs.pages import CONSTRUCT, INDEX, OVERRIDING, PAGES, index, page
from tools.readable import masked

pytestmark = pytest.mark.slow

NAMES = sorted(documented())
CONSTRUCTS = sorted(constructs())
#: Constructs of several things of one kind, none of which is the main one.
SEVERAL = {"AlarmTopics", "Alarms", "SavedQueries"}
FRESH = "run .venv/bin/python -m tools.constructs"


def text(name: str) -> str:
    return (PAGES / f"{name}.md").read_text()


def section(name: str, heading: str) -> str:
    return text(name).partition(f"\n{heading}\n")[2].partition("\n## ")[0].strip()


def keywords(source: str, name: str) -> set[str | None]:
    """The arguments that a piece of code gives to a class."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {each.arg for call in calls if ast.unparse(call.func) == name for each in call.keywords}


def resources(built: Built) -> Any:
    return masked(built.resources)


def should_have_a_page_for_each_name_that_is_exported() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {*NAMES, "README"}, FRESH
    told = "".join(map(text, NAMES))
    assert [name for name in twinhull.__all__ if f"`{name}`" not in told and name not in NAMES] == []


@pytest.mark.parametrize("name", NAMES)
def should_say_what_the_code_says(name: str) -> None:
    assert page(name, text(name)) == text(name), FRESH


def should_list_every_page_and_show_the_shop() -> None:
    assert index(INDEX.read_text()) == INDEX.read_text(), FRESH


@pytest.mark.parametrize("part", ["overview", "arguments", "exposed", "defaults"])
def should_report_a_table_that_somebody_changed(part: str) -> None:
    changed = text("GlobalTable").replace(f"<!-- /{part} -->", f"| `more` | |\n<!-- /{part} -->")
    assert changed != page("GlobalTable", changed) == text("GlobalTable")


def should_start_a_page_that_is_missing() -> None:
    fresh = page("GlobalTable")
    for heading in re.findall(r"^## .*", CONSTRUCT, re.MULTILINE):
        assert f"\n{heading}\n" in fresh
    assert "| `table_name` | `str` | required |" in fresh


@pytest.mark.parametrize("name", CONSTRUCTS)
def should_have_the_same_sections_each_with_something_in_it(name: str) -> None:
    headings = re.findall(r"^## .*", CONSTRUCT, re.MULTILINE)
    assert re.findall(r"^## .*", text(name), re.MULTILINE) == headings
    assert [heading for heading in headings if not section(name, heading)] == []


@pytest.mark.parametrize("name", NAMES)
def should_explain_every_argument_and_attribute(name: str) -> None:
    made = documented()[name]
    of_init = {} if is_dataclass(made) else described(made.__init__).fields  # type: ignore[misc]
    said = {**described(made).fields.get("param", {}), **of_init.get("param", {})}
    assert [argument for argument, _, _ in arguments(made) if not said.get(argument)] == []
    annotated = {attribute for attribute, _, _ in fields(made)} if not is_dataclass(made) else set()
    assert annotated == set(described(made).fields.get("ivar", {}))


@pytest.mark.parametrize("name", CONSTRUCTS)
def should_make_something_else_of_the_example_of_overriding(name: str) -> None:
    examples = re.findall(r"```python\n(.*?)```", section(name, OVERRIDING), re.DOTALL)
    assert examples, f"docs/constructs/{name}.md has no example of overriding"
    for source in examples:
        assert keywords(source, name) - keywords(described(constructs()[name]).example, name)
        assert resources(build(constructs()[name], source)) != resources(example(name))


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(CONSTRUCTS)))
def should_run_the_examples_of_values(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "shop.py").write_text("def handler(event, context): return {}")
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", text(name), re.DOTALL)
    assert examples
    for source in examples:
        assert run(source)["app"].synth().stacks


def should_review_each_construct_whole() -> None:
    reviewed = {build.__name__.replace("_", "") for build in BUILDERS}
    assert {name.lower() for name in CONSTRUCTS} <= reviewed


@pytest.mark.parametrize("name", CONSTRUCTS)
def should_expose_what_it_is_made_of(name: str) -> None:
    """Attributes are what their documentation says; the main one is the child `Resource`."""
    construct = example(name).construct
    told = described(constructs()[name]).fields["ivar"]
    for attribute, said in told.items():
        value = getattr(construct, attribute)
        if found := re.search(r"`(?:(aws_\w+)\.)?([A-Z]\w+)`", said):
            kind = getattr(import_module(f"aws_cdk.{found[1]}") if found[1] else twinhull, found[2])
            assert isinstance(value, kind), attribute
    if name in SEVERAL:
        return
    main = construct.node.try_find_child("Resource")
    assert main is not None
    assert main.node.path in [
        value.node.path for value in (getattr(construct, each) for each in told) if hasattr(value, "node")
    ]


def should_keep_every_logical_id_of_a_construct(snapshot_json: SnapshotAssertion) -> None:
    """A resource with another id is another resource: CloudFormation replaces it, with all it holds."""
    ids = {
        name: {built["Id"]: f"{built['Type']} {path}" for path, built in example(name).resources.items()}
        for name in CONSTRUCTS
    }
    assert masked(ids) == snapshot_json


def should_have_no_machine_in_it() -> None:
    """Pages are the same wherever they are written."""
    for path in PAGES.glob("*.md"):
        assert str(Path.home()) not in path.read_text()
        assert not re.search(r"\b[0-9a-f]{64}\b", path.read_text())
