"""What is asked of this function."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from web.paging import PAGE_SIZE, Limit


class UploadsQuery(BaseModel):
    """Whose uploads, and how many at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Limit = PAGE_SIZE
    cursor: str = ""
    owner: Annotated[
        Literal["", "me"], Field(description="`me`: an administrator's own ones instead of everybody's.")
    ] = ""
