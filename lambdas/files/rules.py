"""What the name and the size of a file must look like."""

from typing import Final

from files.model import LARGEST
from users.errors import Malformed
from users.messages import N_
from users.rules import tidy_name

_SEPARATORS: Final = frozenset("/\\")


def tidy_filename(text: str) -> str:
    """A name as for people: trimmed, 1 to 200 characters; and no path.

    >>> tidy_filename(" passport.pdf ")
    'passport.pdf'
    """
    name = tidy_name(text)
    if _SEPARATORS & set(name):
        raise Malformed("malformed", N_("The name of a file has no / and no \\ in it."))
    return name


def check_size(size: int) -> int:
    """1 byte to 10 MB."""
    if size < 1:
        raise Malformed("too-small", N_("The file is empty."))
    if size > LARGEST:
        raise Malformed("too-large", N_("At most %(most)d MB are allowed."), most=LARGEST // 1024**2)
    return size
