"""How much of a list is asked for at once."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from users.list_users import PAGE_SIZE as PAGE_SIZE
from users.list_users import PAGE_SIZES


def _canonical(text: object) -> object:
    # int() would also take " 5", "+5" and "५".
    if isinstance(text, str) and not (text.isascii() and text.isdecimal() and not text.startswith("0")):
        raise ValueError("not a number")
    return text


Limit = Annotated[int, Field(ge=PAGE_SIZES[0], le=PAGE_SIZES[1]), BeforeValidator(_canonical)]
