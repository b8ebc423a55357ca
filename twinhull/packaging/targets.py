"""Where a package runs."""

import platform
from dataclasses import dataclass
from typing import Final

#: Of the functions that are deployed: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
LAMBDA_PYTHON: Final = "3.13"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A platform and a minor version of Python.

    :param platform: as uv names it; None for this machine.
    :param python_version: like `3.13`.
    :param root: folder that packages are unpacked to, with a slash at the end; empty if that is not known.
    """

    platform: str | None
    python_version: str
    root: str = ""

    @property
    def machine(self) -> str:
        """The processor, as the names of native modules have it."""
        return self.platform.partition("-")[0] if self.platform else platform.machine()

    @property
    def name(self) -> str:
        """For names of files."""
        return f"{self.platform or 'host'}-{self.python_version}"

    def markers(self) -> dict[str, str]:
        """The values of environment markers that packages ask about.

        https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
        """
        values = {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python_version}.0",
            "platform_python_implementation": "CPython",
            "python_full_version": f"{self.python_version}.0",
            "python_version": self.python_version,
        }
        if self.platform:
            values |= {
                "os_name": "posix",
                "platform_machine": self.machine,
                "platform_system": "Linux",
                "sys_platform": "linux",
            }
        return values


LAMBDA: Final = Target(platform="aarch64-manylinux_2_28", python_version=LAMBDA_PYTHON, root="/var/task/")
