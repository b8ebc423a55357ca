"""The emulator without the guard and without IAM: what protection is measured against."""

from typing import ClassVar

from local.emulator_process import ROOT, Emulator

_LAUNCH = f"""
import os, sys
sys.path.append({str(ROOT)!r})
from local.emulator import launcher
configure = launcher._configure
def configure_without_protection(*arguments):
    configure(*arguments)
    os.environ["AUTH"] = "false"  # read when MiniStack is imported
    from local.emulator import permissions, request_guard
    permissions.install = lambda *_, **__: None
    request_guard.RequestGuard = lambda application, **_: application
launcher._configure = configure_without_protection
sys.exit(launcher.main(sys.argv[1:]))
"""


class UnprotectedEmulator(Emulator):
    """MiniStack as it protects itself: not at all."""

    ENTRY: ClassVar[tuple[str, ...]] = ("-c", _LAUNCH)
