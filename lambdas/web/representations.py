"""What users look like in JSON; the types also become the schemas of openapi.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NotRequired

# Of typing_extensions, since pydantic refuses the standard one before Python 3.12.
from typing_extensions import TypedDict

from users.model import Event, Link, Locale, Profile, Purpose, Role, What, timestamp

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema


@dataclass(frozen=True)
class Schema:
    """Says in openapi.json what a type alone cannot (a hook of pydantic's, which needs no pydantic here)."""

    keywords: Mapping[str, Any]

    def __get_pydantic_json_schema__(
        self, core_schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> dict[str, Any]:
        return {**handler(core_schema), **self.keywords}

    def __hash__(self) -> int:
        return id(self)


UploadId = Annotated[str, Schema({"pattern": "^upl_[0-9a-f-]{36}$"})]
UserId = Annotated[str, Schema({"pattern": "^usr_[0-9a-f-]{36}$"})]
Moment = Annotated[str, Schema({"format": "date-time"})]


class UserBody(TypedDict):
    """A user."""

    id: UserId
    email: Annotated[str, Schema({"maxLength": 254})]
    name: Annotated[str, Schema({"minLength": 1, "maxLength": 200})]
    role: Role
    locale: Locale
    registered_at: Moment
    verified_at: NotRequired[Moment]
    deleted_at: NotRequired[Moment]
    document: NotRequired[UploadId]


class PageBody(TypedDict):
    """Some users; ``next_cursor`` is null at the end."""

    items: list[UserBody]
    next_cursor: str | None


class EventBody(TypedDict):
    """Something that happened to a user; ``by`` is the id of who did it, or ``operator``."""

    at: Moment
    what: What
    by: str


class HistoryBody(TypedDict):
    """What happened to a user, the newest first."""

    items: list[EventBody]


class SessionBody(TypedDict):
    """A session; the token also comes as a cookie."""

    token: str
    expires_at: Moment
    user: UserBody


class LinkInfoBody(TypedDict):
    """What a link in an e-mail is for, and until when it can be followed."""

    purpose: Purpose
    expires_at: Moment


class HealthBody(TypedDict):
    """Whether a region lives, or can serve."""

    region: str
    status: str


class ErrorBody(TypedDict):
    """One fault of one value."""

    pointer: str
    code: str
    detail: str


class ProblemBody(TypedDict):
    """Why not (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: NotRequired[list[ErrorBody]]
    region: NotRequired[str]


def user_body(profile: Profile) -> UserBody:
    """A user; what is not set is left out."""
    body = UserBody(
        id=profile.id,
        email=profile.email,
        name=profile.name,
        role=profile.role,
        locale=profile.locale,
        registered_at=timestamp(profile.registered_at),
    )
    if profile.verified_at:
        body["verified_at"] = timestamp(profile.verified_at)
    if profile.deleted_at:
        body["deleted_at"] = timestamp(profile.deleted_at)
    if profile.document:
        body["document"] = profile.document.id
    return body


def event_body(event: Event) -> EventBody:
    """An event."""
    return EventBody(at=timestamp(event.at), what=event.what, by=event.by)


def link_body(link: Link) -> LinkInfoBody:
    """A link."""
    return LinkInfoBody(purpose=link.purpose, expires_at=timestamp(link.expires_at))


def user_context(profile: Profile) -> dict[str, Any]:
    """A user for a template; what is not set is None."""
    return {"verified_at": None, "deleted_at": None, "document": None, **user_body(profile)}
