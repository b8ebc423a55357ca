"""Undoing a deletion."""

from dataclasses import replace

from users.change import Done, Realm, Write, change
from users.errors import Refusal
from users.model import User, is_user_id


def restore(realm: Realm, user_id: str, write: Write) -> Done:
    """Take the tombstone away."""

    def decide(user: User) -> User:
        if not user.profile.deleted_at:
            raise Refusal("not-deleted")
        return replace(user, profile=replace(user.profile, deleted_at=None))

    if not is_user_id(user_id):
        raise Refusal("not-found")
    return change(realm, user_id, write, decide, what="restored")
