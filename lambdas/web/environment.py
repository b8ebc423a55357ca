"""Reading a function's environment into a frozen dataclass of its own."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Final, TypeVar
from uuid import UUID

T = TypeVar("T")

#: How messages name the types that not every text is one of.
SPELLED: Final[Mapping[type, str]] = {UUID: "a UUID", int: "a whole number"}


class EnvironmentProblem(Exception):  # noqa: N818
    """A variable is missing or not what it should be."""


def read(kind: type[T], environment: Mapping[str, str] = os.environ) -> T:
    """An instance of ``kind``: each field from the variable of its name in upper case.

    A field is a str, or one of the types that have a word in ``SPELLED``; without a default it must be set.
    """
    values: dict[str, Any] = {}
    for one in fields(kind):  # type: ignore[arg-type]
        name = one.name.upper()
        text = environment.get(name, "")
        if not text and one.default is not MISSING:
            continue
        if not text:
            raise EnvironmentProblem(f"The environment variable {name} is missing: the wiring must set it.")
        try:
            values[one.name] = one.type(text)  # type: ignore[operator] # no module postpones annotations
        except ValueError:
            raise EnvironmentProblem(
                f"The environment variable {name} must be {SPELLED[one.type]}."  # type: ignore[index]
            ) from None
    return kind(**values)
