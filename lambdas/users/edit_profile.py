"""Editing one's own name and language."""

from dataclasses import replace

from users.change import Done, Realm, Write, change
from users.errors import Refusal
from users.model import Locale, User


def edit_profile(
    realm: Realm, user_id: str, write: Write, *, name: str | None = None, locale: Locale | None = None
) -> Done:
    """Change what is given and leave the rest; whoever was deleted meanwhile is not found."""

    def decide(user: User) -> User:
        profile = user.profile
        if profile.deleted_at:
            raise Refusal("not-found")
        return replace(
            user, profile=replace(profile, name=name or profile.name, locale=locale or profile.locale)
        )

    return change(realm, user_id, write, decide, what="profile-edited")
