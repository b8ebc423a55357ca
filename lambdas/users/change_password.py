"""Choosing another password, which ends all sessions."""

from dataclasses import replace

from users.back_off import compare
from users.change import Done, Realm, Write, change
from users.errors import Malformed, Refusal, Rejected
from users.links import send, without_links
from users.messages import N_
from users.model import User
from users.passwords import hash_password


def change_password(realm: Realm, user_id: str, write: Write, *, current: str, new: str) -> Done:
    """Change it if the current one is right.

    :raises Rejected: ``current_password`` is wrong.
    """
    accepted: dict[str, str] = {}

    def decide(user: User) -> User:
        if user.profile.deleted_at:
            raise Refusal("not-found")
        if user.password_hash not in accepted:
            if not compare(realm, user.id, current, user.password_hash):
                wrong = Malformed("wrong", N_("This is not the current password."))
                raise Rejected("current_password", wrong)
            accepted[user.password_hash] = hash_password(new)
        return with_password(realm, user, accepted[user.password_hash])

    done = change(realm, user_id, write, decide, what="password-changed")
    if done.user.password_hash not in accepted.values():
        confirm(realm, done, new)
    return done


def with_password(realm: Realm, user: User, password_hash: str) -> User:
    """The user with another password: no session goes on, no link to a new one is left, and he is told."""
    changed = replace(user, password_hash=password_hash, token_version=user.token_version + 1)
    return send(without_links(changed, "reset", "invitation"), "password-changed", realm.now())


def confirm(realm: Realm, done: Done, new: str) -> None:
    """A repetition must know the password that was set: a fingerprint does not cover it.

    :raises Refusal: ``idempotency-mismatch``, it does not; ``slow-down``, it was guessed too often.
    """
    if not compare(realm, done.user.id, new, done.user.password_hash):
        raise Refusal("idempotency-mismatch")
