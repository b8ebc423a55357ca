"""Handlers have to be in their packages."""

import re
import zipfile
from pathlib import Path

from twinhull.packaging.errors import PackagingError


def check_handler(built: Path, handler: str, package: str) -> None:
    """Refuse a handler whose module the zip lacks.

    :param built: the zip.
    :param handler: like `shop.handler`.
    :param package: for messages.
    :raises PackagingError: names the module.
    """
    module, _, function = handler.rpartition(".")
    path = re.escape(module.replace(".", "/"))
    with zipfile.ZipFile(built) as archive:
        names = archive.namelist()
    if not function or not any(
        re.fullmatch(rf"{path}(/__init__)?(\.py|\.[\w-]+\.so|\.so)", name) for name in names
    ):
        raise PackagingError(
            f"The handler {handler!r} names the module {module!r}, which the package {package} lacks; write "
            "`module.function`, with the module's path from the root of the package."
        )
