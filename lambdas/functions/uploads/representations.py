"""What uploads look like in JSON; the types also become the schemas of openapi.json."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NotRequired

# Of typing_extensions, since pydantic refuses the standard one before Python 3.12.
from typing_extensions import TypedDict

from files.forms import Form
from files.model import ContentType, Kind, Reason, State, Upload
from notices.times import timestamp
from users.messages import N_
from web.languages import Language, say
from web.representations import Moment, UploadId, UserId

#: Why an upload has failed → what its owner is told.
REASONS: Final[Mapping[Reason, str]] = {
    "empty": N_("The file that arrived is empty."),
    "too-large": N_("The file that arrived is larger than 10 MB."),
    "wrong-size": N_("The file that arrived is not as large as was announced."),
    "wrong-type": N_("The file is not of the kind that was announced. PDF, PNG and JPEG are accepted."),
    "damaged": N_("The file is damaged or incomplete."),
}


class FormBody(TypedDict):
    """Where to post the file as `multipart/form-data`: these fields first, then the field `file`."""

    url: str
    fields: dict[str, str]


class RequestedBody(TypedDict):
    """An upload; the form is left out when the file has arrived already."""

    id: UploadId
    upload: NotRequired[FormBody]


class RowsBody(TypedDict):
    """Rows of a list; a document has none."""

    total: int
    registered: int
    existing: int
    rejected: int


class ReasonBody(TypedDict):
    """Why an upload has failed."""

    code: Reason
    detail: str


class UploadBody(TypedDict):
    """An upload."""

    id: UploadId
    owner: UserId
    kind: Kind
    state: State
    filename: str
    content_type: ContentType
    size: int
    created_at: Moment
    rows: RowsBody
    reason: NotRequired[ReasonBody]


class UploadsBody(TypedDict):
    """Some uploads, the newest first; ``next_cursor`` is null at the end."""

    items: list[UploadBody]
    next_cursor: str | None


def requested_body(upload: Upload, form: Form | None) -> RequestedBody:
    """An upload and its form, if there is one."""
    body = RequestedBody(id=upload.id)
    if form:
        body["upload"] = FormBody(url=form.url, fields=dict(form.fields))
    return body


def upload_body(upload: Upload, language: Language) -> UploadBody:
    """An upload."""
    body = UploadBody(
        id=upload.id,
        owner=upload.owner,
        kind=upload.asked.kind,
        state=upload.state,
        filename=upload.asked.filename,
        content_type=upload.asked.content_type,
        size=upload.asked.size,
        created_at=timestamp(upload.created_at),
        rows=RowsBody(total=0, registered=0, existing=0, rejected=0),
    )
    if upload.reason:
        body["reason"] = ReasonBody(code=upload.reason, detail=say(language, REASONS[upload.reason]))
    return body


def upload_context(upload: Upload, language: Language, now: datetime) -> dict[str, Any]:
    """An upload for a template; what is not set is None."""
    again = seconds_between_looks(now - upload.created_at)
    return {"reason": None, "again": again, **upload_body(upload, language)}


def seconds_between_looks(age: timedelta) -> int:
    """How long a page waits before it asks again: a file that nobody sends waits for a day.

    >>> [seconds_between_looks(timedelta(seconds=age)) for age in (-1, 5, 60, 3600)]
    [1, 1, 6, 60]
    """
    return min(60, max(1, age // timedelta(seconds=10)))
