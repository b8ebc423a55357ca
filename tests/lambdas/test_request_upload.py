"""Asking for a form twice at once, and when nothing can be signed."""

from datetime import timedelta

import pytest

from files.forms import SignedForms
from files.memory import MemoryStore
from files.model import Upload
from files.request_upload import Requested, request_upload
from tests.lambdas.builders import START, any_user
from tests.lambdas.files import HERE, any_asked
from users.errors import Refusal
from users.items import Conflict

OWNER = any_user().id


class Forms:
    """Forms without a signature."""

    def form(self, upload: Upload, now: object) -> str:
        return upload.id


class Late(MemoryStore):
    """Sees nothing before it writes."""

    def get(self, id: str) -> None:
        return None


class Fleeting(Late):
    """What is in the way of a write is gone when it is looked at."""

    def create(self, upload: Upload) -> None:
        raise Conflict(None)


def request(store: MemoryStore, key: str = "any", *, seconds: int = 0, size: int = 1) -> Requested:
    asked = any_asked(b"x" * size, filename="any.pdf")
    now = START + timedelta(seconds=seconds)
    return request_upload(store, Forms(), owner=OWNER, key=key, asked=asked, now=now)  # type: ignore[arg-type]


def should_record_an_upload_once_that_is_asked_for_twice_at_the_same_moment() -> None:
    store = Late()
    first, second = request(store), request(store, seconds=1)
    assert first == second
    assert [*store.uploads.values()] == [first.upload]
    assert request(store, "another").upload != first.upload


def should_refuse_another_file_that_is_asked_for_at_the_same_moment() -> None:
    store = Late()
    request(store)
    with pytest.raises(Refusal) as refused:
        request(store, size=2)
    assert refused.value.code == "idempotency-mismatch"


def should_promise_nothing_about_an_upload_that_is_removed_at_the_same_moment() -> None:
    with pytest.raises(Refusal) as refused:
        request(Fleeting())
    assert refused.value.code == "unavailable"


def should_be_unavailable_without_credentials_to_sign_with() -> None:
    upload = request(MemoryStore()).upload
    forms = SignedForms(lambda: None, bucket="any", urls={HERE: "https://any.example"}, region=HERE)
    with pytest.raises(Refusal) as refused:
        forms.form(upload, START)
    assert refused.value.code == "unavailable"
