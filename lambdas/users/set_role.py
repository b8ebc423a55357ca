"""Giving a role and taking it back."""

from dataclasses import replace

from users.change import Done, Realm, Write, change
from users.errors import Refusal
from users.model import Role, User, is_user_id


def set_role(realm: Realm, user_id: str, role: Role, write: Write) -> Done:
    """Make somebody an administrator, or one no longer; nobody decides over his own role.

    Whoever is deleted is not found: restore him first, so that no role is given unseen.
    """

    def decide(user: User) -> User:
        if user.id == write.caller:
            raise Refusal("not-allowed")
        if user.profile.deleted_at:
            raise Refusal("not-found")
        return replace(user, profile=replace(user.profile, role=role))

    if not is_user_id(user_id):
        raise Refusal("not-found")
    return change(realm, user_id, write, decide, what="role-changed")
