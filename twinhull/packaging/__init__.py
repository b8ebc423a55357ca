"""Packages of functions: the code, and its locked dependencies for another machine, without Docker.

Nothing here needs the CDK, so that a package can also be built again from what was synthesized.
"""

from twinhull.packaging.errors import PackagingError
from twinhull.packaging.handlers import check_handler
from twinhull.packaging.interpreter import find_interpreter, missing_interpreter
from twinhull.packaging.lock import Lock
from twinhull.packaging.manifest import MANIFEST, read_manifest, write_manifest
from twinhull.packaging.package import PythonPackage
from twinhull.packaging.package_zip import build
from twinhull.packaging.sdk_release import sdk_age
from twinhull.packaging.targets import LAMBDA, LAMBDA_PYTHON, Target

__all__ = [
    "LAMBDA",
    "LAMBDA_PYTHON",
    "MANIFEST",
    "Lock",
    "PackagingError",
    "PythonPackage",
    "Target",
    "build",
    "check_handler",
    "find_interpreter",
    "missing_interpreter",
    "read_manifest",
    "sdk_age",
    "write_manifest",
]
