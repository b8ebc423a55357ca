"""What is asked of this function."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from users.listing import Listing
from users.model import NAME_LENGTH, Sort, State
from web.paging import PAGE_SIZE, Limit


class ListQuery(BaseModel):
    """Which users, and how many at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Limit = PAGE_SIZE
    cursor: str = ""
    state: State = "active"
    sort: Sort = "-registered_at"
    q: Annotated[
        str,
        Field(
            max_length=NAME_LENGTH,
            pattern=r"^[^\x00-\x1f\x7f]*$",
            description="How the e-mail address starts, or what `sort` names; not with `-registered_at`. "
            "Case and width of the characters do not matter.",
        ),
    ] = ""

    @model_validator(mode="after")
    def _can_search(self) -> Self:
        if self.q.strip() and "sort" in self.model_fields_set and self.sort == "-registered_at":
            raise ValueError("times are not searched")
        return self

    @property
    def listing(self) -> Listing:
        """The list that is asked for: without a sort, a search is one for addresses."""
        is_search = bool(self.q.strip()) and "sort" not in self.model_fields_set
        return Listing(
            state=self.state, sort="email" if is_search else self.sort, start=self.q if self.q.strip() else ""
        )
