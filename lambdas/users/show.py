"""One user."""

from users.change import Realm
from users.errors import Refusal
from users.model import User, is_user_id


def show(realm: Realm, user_id: str) -> User:
    """The user, deleted or not; who may see whom is decided by the caller."""
    user = realm.store.get(user_id) if is_user_id(user_id) else None
    if user is None:
        raise Refusal("not-found")
    return user
