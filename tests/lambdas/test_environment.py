"""A function's environment is typed."""

from uuid import UUID

import pytest

from functions.accounts.env import Environment
from functions.key_rotation import env as key_rotation
from tests.lambdas.api import ENVIRONMENT
from web.environment import EnvironmentProblem, read


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
