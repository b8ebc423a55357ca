"""Asking for a link by which one gets back in."""

from datetime import timedelta

from users.change import Realm, revise
from users.errors import Refusal
from users.links import LIFETIMES, asked_within, send_link
from users.model import User, user_id

PAUSE = timedelta(minutes=10)
RESTORE_PAUSE = timedelta(days=1)


def ask_for_link(realm: Realm, email: str) -> None:
    """Send a link to the owner of an account, if there is one: to a new password, or out of a deletion.

    Who asks learns nothing. Another link for the same purpose is sent after ten minutes at the soonest (one
    that restores after a day), and nothing is remembered under an idempotency key.
    """
    revise(realm, user_id(realm.namespace, email), lambda user: _with_link(realm, user))


def offer_to_restore(realm: Realm, user: User) -> None:
    """Tell the owner of a deleted account, somebody of whose address registers, how it comes back."""
    try:
        revise(realm, user.id, lambda one: _with_link(realm, one) if one.profile.deleted_at else one)
    except Refusal:
        return  # it was only on the way to another answer


def _with_link(realm: Realm, user: User) -> User:
    assert realm.tokens  # noqa: S101
    now, deleted_at = realm.now(), user.profile.deleted_at
    if deleted_at is None:
        if asked_within(user, "reset", now, PAUSE):
            return user
        return send_link(user, realm.tokens, "reset", "reset", now)
    if now - deleted_at >= LIFETIMES["restore"] or asked_within(user, "restore", now, RESTORE_PAUSE):
        return user
    return send_link(user, realm.tokens, "restore", "restorable", now)
