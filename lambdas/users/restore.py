"""Undoing a deletion."""

from dataclasses import replace

from users.change import Done, Realm, Write, change
from users.errors import Refusal
from users.links import LIFETIMES, without_links
from users.model import User, is_user_id


def restore(realm: Realm, user_id: str, write: Write) -> Done:
    """Take the tombstone away; after 30 days there is only what is not purged yet, and nothing to restore."""

    def decide(user: User) -> User:
        deleted_at = user.profile.deleted_at
        if not deleted_at:
            raise Refusal("not-deleted")
        if realm.now() - deleted_at >= LIFETIMES["restore"]:
            raise Refusal("not-found")
        restored = replace(user, profile=replace(user.profile, deleted_at=None))
        return without_links(restored, "restore")

    if not is_user_id(user_id):
        raise Refusal("not-found")
    return change(realm, user_id, write, decide, what="restored")
