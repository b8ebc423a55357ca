"""Writes down which test ran when, so that the decisions about roles can be ascribed to tests.

It does so when `PERMISSIONS` names a folder, as `make permissions` has it; `tools.permissions` reads it.
"""

import json
import os
from pathlib import Path

import pytest

from local.emulator_process import DECISIONS
from tools.permissions.usage import TESTS

FOLDER = "PERMISSIONS"


def pytest_configure(config: pytest.Config) -> None:
    """Record the tests of this process in a folder of its own, beside the decisions of what they start."""
    config.addinivalue_line(
        "markers", "denied(*actions): the test intends that a role is denied these actions"
    )
    if FOLDER in os.environ:
        folder = Path(os.environ[FOLDER], str(os.getpid())).resolve()
        folder.mkdir(parents=True)
        os.environ[DECISIONS] = str(folder)
        config.pluginmanager.register(_Recorder(folder / TESTS))


class _Recorder:
    def __init__(self, file: Path) -> None:
        self._file = file.open("w", encoding="utf-8", buffering=1)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        line = {
            "test": item.nodeid,
            "when": call.when,
            "start": call.start,
            "stop": call.stop,
            "denied": [action for marker in item.iter_markers("denied") for action in marker.args],
        }
        self._file.write(json.dumps(line) + "\n")
