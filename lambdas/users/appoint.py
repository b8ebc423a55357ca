"""Making somebody an administrator: the first one, and the way back in."""

from dataclasses import replace

from users.change import Done, Realm, Write, change
from users.errors import Refusal
from users.model import User, user_id
from users.rules import normalise_email


def appoint(realm: Realm, email: str) -> Done:
    """Give the user with this address the role ``admin``."""

    def decide(user: User) -> User:
        if user.profile.deleted_at:
            raise Refusal("not-found")
        return replace(user, profile=replace(user.profile, role="admin"))

    write = Write(operation="appoint", caller="operator", status=200)
    return change(realm, user_id(realm.namespace, normalise_email(email)), write, decide, what="appointed")
