"""What is sent to this function."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from users.model import NAME_LENGTH, Locale
from users.rules import EMAIL_LENGTH, PASSWORD_LENGTHS, normalise_email, tidy_name, tidy_password


def _tidy_secret(secret: SecretStr) -> SecretStr:
    return SecretStr(tidy_password(secret.get_secret_value()))


Email = Annotated[
    str,
    AfterValidator(normalise_email),
    Field(json_schema_extra={"format": "email", "maxLength": EMAIL_LENGTH}, examples=["ada@example.com"]),
]
Name = Annotated[
    str, AfterValidator(tidy_name), Field(json_schema_extra={"minLength": 1, "maxLength": NAME_LENGTH})
]
NewPassword = Annotated[
    SecretStr,
    AfterValidator(_tidy_secret),
    Field(json_schema_extra={"minLength": PASSWORD_LENGTHS[0], "maxLength": PASSWORD_LENGTHS[1]}),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RegistrationBody(_Body):
    """Who wants to register; without ``locale``, what Accept-Language prefers."""

    email: Email
    password: NewPassword
    name: Name
    locale: Locale = "en"


class LogInBody(_Body):
    """An address and its password."""

    email: str
    password: SecretStr


class PasswordBody(_Body):
    """The password as it is, and as it shall be."""

    current_password: SecretStr
    new_password: NewPassword


class AddressBody(_Body):
    """The address of an account."""

    email: Email


class PastedLinkBody(_Body):
    """A link as it stands in an e-mail, or only what it ends with."""

    link: str


class LinkBody(_Body):
    """The new password, for a link that sets one."""

    new_password: NewPassword = SecretStr("")


class ProfileBody(_Body):
    """What to change; what is left out stays."""

    name: Name = ""
    locale: Locale = "en"
