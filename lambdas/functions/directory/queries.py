"""What is asked of this function."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from users.list_users import PAGE_SIZE, PAGE_SIZES
from users.model import State


def _canonical(text: object) -> object:
    # int() would also take " 5", "+5" and "५".
    if isinstance(text, str) and not (text.isascii() and text.isdecimal() and not text.startswith("0")):
        raise ValueError("not a number")
    return text


class ListQuery(BaseModel):
    """Which users, and how many at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=PAGE_SIZES[0], le=PAGE_SIZES[1]), BeforeValidator(_canonical)] = PAGE_SIZE
    cursor: str = ""
    state: State = "active"
    sort: Literal["-registered_at"] = "-registered_at"
