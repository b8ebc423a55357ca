"""What an upload is."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid5

from notices.model import Outbox

Kind = Literal["document"]
State = Literal["waiting", "working", "done", "failed"]
ContentType = Literal["application/pdf", "image/png", "image/jpeg"]
#: Why an upload has failed.
Reason = Literal["empty", "too-large", "wrong-size", "wrong-type", "damaged"]

#: Bytes of a document.
LARGEST: Final = 10 * 1024 * 1024

#: An upload that waits so long for its file is removed.
ABANDONED: Final = timedelta(days=1)

_ID = re.compile(r"upl_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_PREFIX: Final = "uploads"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody wants to send."""

    kind: Kind
    filename: str
    content_type: ContentType
    size: int


@dataclass(frozen=True, kw_only=True)
class Stored:
    """The one version of an object that counts: where it was taken in, its key and its version there.

    The replica in the other region's bucket has the same key and the same version.
    """

    region: str
    key: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Upload:
    """An upload as stored.

    ``rev`` counts the writes. ``look_at`` is when somebody has to look after it, if nothing happens before.
    """

    id: str
    owner: str
    asked: Asked
    created_at: datetime
    state: State = "waiting"
    rev: int = 1
    look_at: datetime | None = None
    stored: Stored | None = None
    finished_at: datetime | None = None
    reason: Reason | None = None
    outbox: Outbox = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        return self.state in ("done", "failed")


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some uploads, the newest first; ``more`` is the position to go on from, None at the end."""

    uploads: tuple[Upload, ...]
    more: str | None


def upload_id(owner: str, key: str) -> str:
    """The same for the same person and idempotency key, so that both regions mean the same upload.

    >>> upload_id("usr_57ac19bf-282f-51cc-896c-454855822451", "once")
    'upl_d3d81c71-11cd-54f7-ae94-d63e8ea040b4'
    """
    return f"upl_{uuid5(UUID(owner.removeprefix('usr_')), key)}"


def is_upload_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def object_key(region: str, id: str) -> str:
    """Where the file lies that a form of this region sends; the file's name is in the item only.

    >>> object_key("us-east-1", "upl_1")
    'uploads/us-east-1/upl_1'
    """
    return f"{_PREFIX}/{region}/{id}"


def holder(key: str) -> str:
    """The upload whose file lies there.

    >>> holder("uploads/us-east-1/upl_1")
    'upl_1'
    """
    return key.rpartition("/")[2]
