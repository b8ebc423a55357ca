"""What a notice is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

NoticeKind = Literal[
    "welcome", "invitation", "reset", "password-changed", "deleted", "restorable", "document"
]


@dataclass(frozen=True, kw_only=True)
class Notice:
    """An e-mail that is to be sent.

    ``kid`` names the key of the link in it, if there is one; ``about`` is the name of what it is about, like
    that of a file. ``lease`` is the mark of who is sending it. Before ``not_before`` nobody else may: until
    then the lease holds, or a failure is left alone. ``tries`` counts the leases.
    """

    id: str
    kind: NoticeKind
    at: datetime
    kid: str = ""
    about: str = ""
    lease: str = ""
    not_before: datetime | None = None
    tries: int = 0

    @property
    def due_at(self) -> datetime:
        """When somebody has to send it."""
        return self.not_before or self.at


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Whom a notice is for, and where its link leads, until when if it ends.

    ``page`` is the page's address, ``link`` a whole one.
    """

    email: str
    locale: str
    is_verified: bool
    page: str
    link: str
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Letter:
    """An e-mail; ``notice`` is the id of the notice that it is."""

    notice: str
    to: str
    subject: str
    text: str
    html: str
    locale: str


Outbox = Mapping[str, Notice]


def with_notice(outbox: Outbox, notice: Notice) -> Outbox:
    """The outbox with one notice more.

    A second notice of a kind that still waits says nothing new, so it takes the place of the first: so many
    wait at most as there are kinds.
    """
    return {**{id: one for id, one in outbox.items() if one.kind != notice.kind}, notice.id: notice}


def first_due(outbox: Outbox) -> datetime | None:
    """When the first of them has to be sent, None if none waits."""
    return min((one.due_at for one in outbox.values()), default=None)
