"""What is sent to this function."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from files.model import LARGEST, Asked, ContentType, Kind
from files.rules import check_size, tidy_filename
from users.model import NAME_LENGTH
from web.representations import Schema

FileName = Annotated[str, AfterValidator(tidy_filename), Schema({"minLength": 1, "maxLength": NAME_LENGTH})]
Size = Annotated[int, AfterValidator(check_size), Schema({"minimum": 1, "maximum": LARGEST})]


class UploadRequestBody(BaseModel):
    """The file that somebody wants to send."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    filename: FileName
    content_type: ContentType
    size: Size

    @property
    def asked(self) -> Asked:
        """The same in the domain's words."""
        values: dict[str, Any] = self.model_dump()
        return Asked(**values)
