"""What the tests of recordings know of today's code; after a move of modules, only this file changes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from stacks.code import LAMBDAS, function_package
from tests.compat.world import Handler, Recording, World, load
from tests.lambdas.api import Api, create_table, create_throttles

#: Folders of `lambdas/functions`.
FUNCTIONS: Final = tuple(sorted(path.parent.name for path in LAMBDAS.glob("functions/*/handler.py")))

#: What following a link needs besides the link, by its purpose.
LINK_BODIES: Final[Mapping[str, Mapping[str, str]]] = {
    "invitation": {"new_password": "a password of today"},
    "reset": {"new_password": "a password of today"},
    "restore": {},
    "verification": {},
}


def first_party() -> dict[str, bytes]:
    """Return path → content of all that the functions' packages hold besides their dependencies."""
    files: dict[str, bytes] = {}
    for function in FUNCTIONS:
        for path, content in function_package(function).files.items():
            if files.setdefault(path, content) != content:
                raise ValueError(f"Two packages hold different files at {path}.")
    return files


class Today:
    """Today's functions, over the items of a recording.

    :ivar handlers: function → its handler.
    :ivar api: sends requests to them.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.handlers: Mapping[str, Handler] = {name: load(name) for name in FUNCTIONS}
        self.api = Api(
            apps=self.handlers, operator=self.handlers["operator"], dynamodb=world.client("dynamodb")
        )

    @classmethod
    @contextmanager
    def over(cls, recording: Recording, resources: Path) -> Iterator["Today"]:
        """Open the recorded account, with tables as today's release has them."""
        throttles = recording.settings["environment"]["THROTTLES_TABLE"]

        def create(name: str) -> Any:
            return create_throttles(name) if name == throttles else create_table(name)

        with pytest.MonkeyPatch.context() as patch, World(recording, create_table=create).open() as world:
            patch.syspath_prepend(resources.parent)
            yield cls(world)
