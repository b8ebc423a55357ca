"""Log-in."""

from telemetry.metrics import count
from users.back_off import compare
from users.change import Realm
from users.errors import Malformed, Refusal
from users.model import User, user_id
from users.passwords import matches
from users.rules import normalise_email, normalise_password


def log_in(realm: Realm, email: str, password: str) -> User:
    """The user whose address and password these are; as slow, and as silent, when there is none."""
    offered = normalise_password(password)
    try:
        id = user_id(realm.namespace, normalise_email(email))
    except Malformed:
        matches(offered, None)
        count("FailedLogIns")
        raise Refusal("bad-credentials") from None
    user = realm.store.get(id)
    is_password = compare(realm, id, offered, user.password_hash if user else None)
    if user is None or not is_password or user.profile.deleted_at:
        count("FailedLogIns")
        raise Refusal("bad-credentials")
    count("LogIns")
    return user
