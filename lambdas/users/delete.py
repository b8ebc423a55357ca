"""Deletion: a tombstone, which can be undone."""

from dataclasses import replace

from users.change import Done, Realm, Write, change
from users.errors import Refusal
from users.links import send_link
from users.model import User, is_user_id


def delete(realm: Realm, user_id: str, write: Write) -> Done:
    """Mark the user as deleted, end all sessions, and send a link that undoes it.

    A user who is deleted already stays as he is.
    """

    def decide(user: User) -> User:
        if user.id == write.caller and user.profile.role == "admin":
            raise Refusal("not-allowed")
        if user.profile.deleted_at:
            return user
        profile = replace(user.profile, deleted_at=realm.now())
        # A session from before must not come back to life when the deletion is undone.
        gone = replace(user, profile=profile, token_version=user.token_version + 1)
        assert realm.tokens  # noqa: S101
        return send_link(replace(gone, links={}), realm.tokens, "restore", "deleted", realm.now())

    if not is_user_id(user_id):
        raise Refusal("not-found")
    return change(realm, user_id, write, decide, what="deleted")
