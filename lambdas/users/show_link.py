"""What a link does, before it is followed."""

from users.change import Realm
from users.errors import Refusal
from users.links import digest, holder
from users.model import Link, is_user_id


def show_link(realm: Realm, token: str) -> Link:
    """The link that a token belongs to; looking at it uses nothing up.

    :raises Refusal: ``link-used``, it was used, has expired, or was never made.
    """
    user_id = holder(token)
    user = realm.store.get(user_id) if is_user_id(user_id) else None
    link = user.links.get(digest(token)) if user else None
    if link is None or link.expires_at <= realm.now():
        raise Refusal("link-used")
    return link
