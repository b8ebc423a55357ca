"""The modules that come with a version of Python."""

import sys
from typing import Final

#: https://docs.python.org/3/whatsnew/3.12.html#removed, https://peps.python.org/pep-0594/
_REMOVED: Final = {
    (3, 12): "asynchat asyncore distutils imp smtpd",
    (3, 13): (
        "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes "
        "sndhdr spwd sunau telnetlib uu xdrlib"
    ),
}


def standard_library(python_version: str) -> frozenset[str]:
    """Return the top-level names of a version's own modules that the running Python knows."""
    target = tuple(map(int, python_version.split(".")))
    removed = {name for version, names in _REMOVED.items() if version <= target for name in names.split()}
    return sys.stdlib_module_names - removed
