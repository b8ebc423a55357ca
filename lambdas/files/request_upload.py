"""Asking for a form by which a file can be sent."""

from dataclasses import dataclass
from datetime import datetime

from files.forms import Form, Forms
from files.model import Asked, Upload, upload_id
from files.store import Store
from files.take_in import next_look
from users.errors import Refusal
from users.items import Conflict


@dataclass(frozen=True, kw_only=True)
class Requested:
    """An upload, and the form for it as long as it waits for its file."""

    upload: Upload
    form: Form | None


def request_upload(
    store: Store, forms: Forms, *, owner: str, key: str, asked: Asked, now: datetime
) -> Requested:
    """Record the upload, or find it again by its key; each region gives a form of its own.

    :raises Refusal: another file was asked for under this key.
    """
    fresh = Upload(
        id=upload_id(owner, key), owner=owner, asked=asked, created_at=now, look_at=next_look(now, now)
    )
    upload = store.get(fresh.id)
    if upload is None:
        try:
            store.create(fresh)
            upload = fresh
        except Conflict as conflict:
            upload = conflict.found
    if upload is None:  # removed at this very moment
        raise Refusal("unavailable")
    if upload.asked != asked:
        raise Refusal("idempotency-mismatch")
    return Requested(upload=upload, form=forms.form(upload, now) if upload.state == "waiting" else None)
