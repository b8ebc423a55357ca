"""Reading a function's environment into a frozen dataclass of its own."""

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar
from uuid import UUID

T = TypeVar("T")


class EnvironmentProblem(Exception):  # noqa: N818
    """A variable is missing or not what it should be."""


def read(kind: type[T], environment: Mapping[str, str] = os.environ) -> T:
    """An instance of ``kind``: each field, a str or a UUID, from the variable of its name in upper case."""
    values: dict[str, Any] = {}
    for one in fields(kind):  # type: ignore[arg-type]
        name = one.name.upper()
        text = environment.get(name, "")
        if not text:
            raise EnvironmentProblem(f"The environment variable {name} is missing: the wiring must set it.")
        try:
            values[one.name] = UUID(text) if one.type is UUID else text
        except ValueError:
            raise EnvironmentProblem(f"The environment variable {name} must be a UUID.") from None
    return kind(**values)
