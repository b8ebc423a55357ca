"""A page of a list of users."""

from users.change import Realm
from users.listing import Listing
from users.model import Page

PAGE_SIZES = (1, 100)
PAGE_SIZE = 25


def list_users(realm: Realm, listing: Listing, *, limit: int = PAGE_SIZE, after: str | None = None) -> Page:
    """The users after a position, at most ``limit`` of them."""
    return realm.store.page(listing, limit, after)
