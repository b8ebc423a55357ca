"""What is sent to this function."""

from pydantic import BaseModel, ConfigDict

from users.model import Role


class RoleBody(BaseModel):
    """The role that somebody shall have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
