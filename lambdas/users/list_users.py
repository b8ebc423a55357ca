"""The list of users, the newest first."""

from users.change import Realm
from users.model import Page, State

PAGE_SIZES = (1, 100)
PAGE_SIZE = 25


def list_users(
    realm: Realm, *, state: State = "active", limit: int = PAGE_SIZE, after: str | None = None
) -> Page:
    """One page: one query, which costs the same for a thousand users and for a million."""
    return realm.store.page(state, limit, after)
