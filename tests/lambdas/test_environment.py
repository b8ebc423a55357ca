"""A function's environment is typed, and holds what the function uses."""

import ast
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from uuid import UUID

import pytest

from functions.accounts.env import Environment
from functions.key_rotation import env as key_rotation
from tests.lambdas.api import ENVIRONMENT
from web.environment import EnvironmentProblem, read

FUNCTIONS = sorted(Path(key_rotation.__file__).parents[1].glob("*/env.py"))


def should_be_read_with_its_types() -> None:
    found = read(Environment, ENVIRONMENT)
    assert found.user_namespace == UUID(ENVIRONMENT["USER_NAMESPACE"])
    assert found.table_name == ENVIRONMENT["TABLE_NAME"]


@pytest.mark.parametrize("name", ["TABLE_NAME", "USER_NAMESPACE", "KEYS_SECRET", "AWS_REGION"])
def should_name_the_variable_that_is_missing(name: str) -> None:
    with pytest.raises(EnvironmentProblem, match=name):
        read(Environment, {**ENVIRONMENT, name: ""})


def should_name_the_variable_that_is_wrong() -> None:
    with pytest.raises(EnvironmentProblem, match="USER_NAMESPACE must be a UUID"):
        read(Environment, {**ENVIRONMENT, "USER_NAMESPACE": "x"})
    with pytest.raises(EnvironmentProblem, match="ROTATION_DAYS must be a whole number"):
        read(key_rotation.Environment, {**ENVIRONMENT, "ROTATION_DAYS": "x"})


@pytest.mark.parametrize("file", FUNCTIONS, ids=lambda file: file.parent.name)
def should_ask_for_nothing_that_the_function_does_not_use(file: Path) -> None:
    environment = import_module(f"functions.{file.parent.name}.env").Environment
    used = {
        node.attr
        for source in file.parent.glob("*.py")
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "environment"
    }
    assert {one.name for one in fields(environment)} == used
