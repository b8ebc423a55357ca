"""Links in e-mails: what one may be used for, once and for a while.

A link's token is the user's id and a signature of the notice that carries it: whoever sends the notice can
make it anew, and nothing that is stored or queued holds it. The item knows its digest.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import uuid4

from notices.model import Notice, NoticeKind, with_notice
from users.model import RESTORABLE, Link, Locale, Purpose, User

#: For how long a link can be followed; one that restores as long as the deletion can be undone.
LIFETIMES: Final[Mapping[Purpose, timedelta]] = {
    "invitation": timedelta(days=7),
    "verification": timedelta(days=7),
    "reset": timedelta(hours=1),
    "restore": RESTORABLE,
}


class Tokens(Protocol):
    """Makes tokens under a secret of the deployment."""

    def kid(self) -> str:
        """The id of the key that signs now."""

    def make(self, user_id: str, notice_id: str, kid: str) -> str:
        """`<user's id>.<kid>.<signature>`, the same at each call."""


def address(page: str, locale: Locale, token: str) -> str:
    """Where the link in an e-mail leads, of whatever purpose.

    The token stands behind the `#`, which browsers send to nobody: no log of any server holds it.

    >>> address("https://people.example", "zh-CN", "usr_1.a.00")
    'https://people.example/zh-CN/link/#usr_1.a.00'
    """
    return f"{page}/{locale}/link/#{token}"


def token_in(text: str) -> str:
    """The token in what somebody pasted: the whole address, or its end.

    >>> token_in(" https://people.example/en/link/#usr_1.a.00 ")
    'usr_1.a.00'
    """
    return text.strip().rpartition("#")[2].rpartition("/")[2]


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def holder(token: str) -> str:
    """The id of the user whose link this is, if it is one."""
    return token.partition(".")[0]


def send_link(user: User, tokens: Tokens, purpose: Purpose, kind: NoticeKind, now: datetime) -> User:
    """Record a notice with a new link. It takes the place of an earlier link for the same purpose."""
    notice = Notice(id=str(uuid4()), kind=kind, at=now, kid=tokens.kid())
    token = tokens.make(user.id, notice.id, notice.kid)
    begins = user.profile.deleted_at if purpose == "restore" else now
    link = Link(purpose=purpose, at=now, expires_at=(begins or now) + LIFETIMES[purpose])
    links = {key: one for key, one in user.links.items() if one.purpose != purpose and one.expires_at > now}
    outbox = with_notice(user.outbox, notice)
    return replace(user, links={**links, digest(token): link}, outbox=outbox)


def send(user: User, kind: NoticeKind, now: datetime) -> User:
    """Record a notice without a link."""
    return replace(user, outbox=with_notice(user.outbox, Notice(id=str(uuid4()), kind=kind, at=now)))


def without_links(user: User, *purposes: Purpose) -> User:
    """The links for these purposes lead nowhere any more."""
    return replace(user, links={key: one for key, one in user.links.items() if one.purpose not in purposes})


def asked_within(user: User, purpose: Purpose, now: datetime, span: timedelta) -> bool:
    """Whether a link for this purpose was sent so short a time ago."""
    return any(one.purpose == purpose and now - one.at < span for one in user.links.values())
