"""Whom a notice is for, where its link leads, and whether anybody needs it any more."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from notices.model import Notice, NoticeKind, Recipient
from users.links import Tokens, address, digest
from users.model import Profile
from users.store import Store

#: What is written also to an address that has refused or complained: whoever has it must hear of it.
ESSENTIAL: Final = frozenset[NoticeKind]({"invitation", "reset", "password-changed", "deleted", "restorable"})

#: Where the link of a notice without a token leads, below the page of its language.
PAGES: Final[Mapping[NoticeKind, str]] = {"password-changed": "forgotten/", "document": ""}


class Recipients:
    """Finds users, and makes their links anew: no item, queue or log holds one."""

    def __init__(
        self, store: Store, tokens: Tokens, page: Callable[[], str], now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._page = page
        self._now = now

    def find(self, user_id: str, notice: Notice) -> Recipient | None:
        """Whom to write to.

        None: there is nobody, the address refuses mail, or the link counts no more, since it was followed,
        replaced by another, or has expired.
        """
        user = self._store.get(user_id)
        if user is None or (user.is_unreachable and notice.kind not in ESSENTIAL):
            return None
        if not notice.kid:
            if user.profile.deleted_at:
                return None
            page = self._page()
            return _recipient(user.profile, page, f"{page}/{user.profile.locale}/{PAGES[notice.kind]}")
        token = self._tokens.make(user.id, notice.id, notice.kid)
        link = user.links.get(digest(token))
        if link is None or link.expires_at <= self._now():
            return None
        page = self._page()
        leads_to = address(page, user.profile.locale, token)
        return _recipient(user.profile, page, leads_to, until=link.expires_at)


def _recipient(profile: Profile, page: str, link: str, until: datetime | None = None) -> Recipient:
    return Recipient(
        email=profile.email,
        locale=profile.locale,
        is_verified=profile.verified_at is not None,
        page=page,
        link=link,
        until=until,
    )
