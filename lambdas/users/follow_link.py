"""Following a link: to a new password, to a verified address, out of a deletion."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from users.change import Done, Realm, Write, change
from users.change_password import confirm, with_password
from users.errors import Malformed, Refusal, Rejected
from users.links import digest, holder, without_links
from users.messages import N_
from users.model import Purpose, User, What, is_user_id
from users.passwords import hash_password

WHAT: Final[Mapping[Purpose, What]] = {
    "invitation": "password-reset",
    "reset": "password-reset",
    "restore": "restored",
    "verification": "verified",
}
SETS_PASSWORD: Final = frozenset[Purpose]({"invitation", "reset"})


def follow_link(realm: Realm, token: str, write: Write, *, new_password: str | None = None) -> Done:
    """Do what the link is for, once.

    :param write: its caller and body are filled in here, so that only the link's holder can repeat it.
    :raises Refusal: ``link-used``, it was used, has expired, or was never made.
    :raises Rejected: ``new_password`` is missing, or this link sets none.
    """
    user_id, key = holder(token), digest(token)
    if not is_user_id(user_id):
        raise Refusal("link-used")
    write = replace(write, caller=user_id, body={"link": key, "sets": new_password is not None})
    hashed: list[str] = []

    def decide(user: User) -> User:
        link = user.links.get(key)
        if link is None or link.expires_at <= realm.now():
            raise Refusal("link-used")
        user = replace(user, links={one: other for one, other in user.links.items() if one != key})
        if link.purpose not in SETS_PASSWORD:
            if new_password is not None:
                raise Rejected("new_password", Malformed("unknown", N_("This link sets no password.")))
            return _EFFECTS[link.purpose](realm, user)
        if new_password is None:
            raise Rejected("new_password", Malformed("missing", N_("This is required.")))
        if not hashed:
            hashed.append(hash_password(new_password))
        return with_password(realm, _verified(realm, user), hashed[0])

    try:
        done = change(realm, user_id, write, decide, what=lambda user: WHAT[user.links[key].purpose])
    except Refusal as refusal:
        if refusal.code == "not-found":
            raise Refusal("link-used") from None
        raise
    if new_password is not None and done.user.password_hash not in hashed:
        confirm(realm, done, new_password)
    return done


def _verified(realm: Realm, user: User) -> User:
    profile = user.profile
    if profile.deleted_at:
        raise Refusal("link-used")
    # He reads what is sent there.
    reached = replace(user, bounced_at=None, complained_at=None)
    return replace(reached, profile=replace(profile, verified_at=profile.verified_at or realm.now()))


def _restored(realm: Realm, user: User) -> User:  # noqa: ARG001
    if not user.profile.deleted_at:
        raise Refusal("link-used")
    return without_links(replace(user, profile=replace(user.profile, deleted_at=None)), "restore")


_EFFECTS: Final[Mapping[Purpose, Callable[[Realm, User], User]]] = {
    "verification": _verified,
    "restore": _restored,
}
