"""The constructs that have a page, and what the examples make of them."""

import ast
import inspect
import runpy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, is_typeddict

import stacks  # noqa: F401 -- finds Node, before anything imports the CDK
import twinhull
from tools.constructs.code import described

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop.py"


def documented() -> dict[str, type]:
    """The classes that have a page; typed dictionaries stand where they are used."""
    exported = {name: getattr(twinhull, name) for name in sorted(twinhull.__all__)}
    return {name: one for name, one in exported.items() if inspect.isclass(one) and not is_typeddict(one)}


def constructs() -> dict[str, type]:
    """Those of them that are constructs."""
    from constructs import Construct

    return {name: one for name, one in documented().items() if issubclass(one, Construct)}


def run(source: str) -> dict[str, Any]:
    """The names after a piece of code that stands in the stack `home` of the shop."""
    names = runpy.run_path(str(SHOP), run_name="shop")
    names["self"] = names["home"]
    exec(compile(source, "example", "exec"), names)
    return names


@dataclass(frozen=True)
class Built:
    """A construct that an example made, and the template that it is in."""

    construct: Any

    @property
    def stack(self) -> Any:
        from aws_cdk import Stack

        return Stack.of(self.construct)

    @property
    def template(self) -> dict[str, Any]:
        from aws_cdk.assertions import Template

        return dict(Template.from_stack(self.stack).to_json())

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Path below the construct → the resource, in the order in which they were made."""
        from aws_cdk import CfnResource

        template, start = self.template["Resources"], len(self.construct.node.path) + 1
        return {
            each.node.path[start:]: {**template[id], "Id": id}
            for each in self.construct.node.find_all()
            if CfnResource.is_cfn_resource(each) and (id := self.stack.resolve(each.logical_id)) in template
        }


def build(made: type[Any], source: str) -> Built:
    """What a piece of code makes of a class that the shop does not have yet."""
    (one,) = (
        each
        for each in run(source)["app"].node.find_all()
        if isinstance(each, made) and each.node.path not in shop()
    )
    return Built(one)


@cache
def shop() -> frozenset[str]:
    """The paths of all constructs that the shop has by itself."""
    return frozenset(each.node.path for each in run("")["app"].node.find_all())


@cache
def example(name: str) -> Built:
    """What the docstring's example makes."""
    made = constructs()[name]
    return build(made, f"{imports(made)}\n{described(made).example}")


def imports(made: type) -> str:
    """What the example needs besides the names of the shop."""
    source = described(made).example
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    ours = sorted(used & set(twinhull.__all__))
    lines = [f"from aws_cdk import {', '.join(found)}"] if (found := sorted(used & _cdk())) else []
    return "\n".join([*lines, f"from twinhull import {', '.join(ours)}"])


def _cdk() -> set[str]:
    import aws_cdk

    return set(aws_cdk.__all__)
