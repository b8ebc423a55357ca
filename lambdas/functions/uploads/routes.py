"""Ask for a form to send a file by, list what was sent, and take it back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from files.forms import Forms
from files.model import Upload
from files.objects import Objects
from files.request_upload import request_upload
from files.show_upload import file_address, show_upload
from files.store import Store
from functions.uploads.bodies import UploadRequestBody
from functions.uploads.queries import UploadsQuery
from functions.uploads.representations import (
    RequestedBody,
    UploadBody,
    UploadsBody,
    requested_body,
    upload_body,
    upload_context,
)
from users.model import Profile
from web.cursors import Cursors
from web.routes import Answer, Call, Routes


@dataclass(frozen=True, kw_only=True)
class Services:
    """What these routes work with."""

    store: Store
    objects: Callable[[], Objects]
    forms: Forms
    cursors: Cursors
    region: str
    now: Callable[[], datetime]


routes: Routes[Services] = Routes("uploads")


@routes.answer(
    "POST",
    "/uploads",
    access="signed-in",
    summary="Ask for a form to send a file by: PDF, PNG or JPEG, at most 10 MB",
    body=UploadRequestBody,
    answers={201: RequestedBody},
    refusals=("idempotency-mismatch",),
)
def start_upload(call: Call, services: Services) -> Answer:
    """The same upload for the same key, for as long as there is one; each region has a form of its own."""
    requested = request_upload(
        services.store,
        services.forms,
        owner=_caller(call).id,
        key=call.write.effective_key,
        asked=call.body_as(UploadRequestBody).asked,
        now=services.now(),
    )
    return Answer(status=201, body=requested_body(requested.upload, requested.form))


@routes.answer(
    "GET",
    "/uploads",
    access="signed-in",
    summary="List one's own uploads, the newest first; administrators see everybody's",
    query=UploadsQuery,
    answers={200: UploadsBody},
    refusals=("bad-cursor",),
    fragment=True,
    page="uploads.html",
)
def list_uploads(call: Call, services: Services) -> Answer:
    """One page; a cursor goes on in the same list."""
    query, caller = call.query_as(UploadsQuery), _caller(call)
    owner = None if caller.role == "admin" and query.owner != "me" else caller.id
    bound = {"owner": owner or ""}
    after = services.cursors.read(query.cursor, bound) if "cursor" in query.model_fields_set else None
    page = services.store.page(owner, query.limit, after)
    cursor = services.cursors.write(page.more, bound) if page.more else None
    language, now = call.request.language, services.now()
    return Answer(
        status=200,
        body=UploadsBody(items=[upload_body(one, language) for one in page.uploads], next_cursor=cursor),
        fragment="uploads.html",
        context={
            "items": [upload_context(one, language, now) for one in page.uploads],
            "next_cursor": cursor,
            "query": {"limit": query.limit, **({"owner": query.owner} if query.owner else {})},
        },
    )


@routes.answer(
    "GET",
    "/uploads/{upload}",
    access="signed-in",
    summary="Show one upload: whether its file has arrived, and what has become of it",
    answers={200: UploadBody},
    refusals=("not-found",),
    fragment=True,
    page="upload.html",
)
def show_one_upload(call: Call, services: Services) -> Answer:
    """An upload of one's own, or anybody's for administrators."""
    upload, language = _upload(call, services), call.request.language
    return Answer(
        status=200,
        body=upload_body(upload, language),
        fragment="upload.html",
        context=upload_context(upload, language, services.now()),
    )


@routes.answer(
    "GET",
    "/uploads/{upload}/file",
    access="signed-in",
    summary="The file, at an address that holds for a minute",
    answers={302: None},
    refusals=("not-found",),
)
def take_file(call: Call, services: Services) -> Answer:
    """Leads to the file, which is saved under its name; there is one when the upload is done."""
    upload = _upload(call, services)
    address = file_address(services.objects(), services.forms, upload, services.region)
    return Answer(status=302, headers={"location": address})


@routes.answer(
    "GET",
    "/uploads/{upload}/errors",
    access="signed-in",
    summary="The rejected rows of a list as CSV; a document has none",
    answers={200: None},
    refusals=("not-found",),
)
def list_errors(call: Call, services: Services) -> Answer:
    """The heading alone: no kind of upload has rows yet."""
    _upload(call, services)
    headers = {"content-type": "text/csv; charset=utf-8"}
    return Answer(status=200, body="\ufeffrow,column,code,reason\r\n", headers=headers)


def _caller(call: Call) -> Profile:
    assert call.caller  # noqa: S101 -- nobody but who has signed in comes here
    return call.caller.profile


def _upload(call: Call, services: Services) -> Upload:
    return show_upload(services.store, call.request.path_parameter("upload"), _caller(call))
