"""Registration: one account per e-mail address, whichever regions are asked at the same moment."""

from dataclasses import dataclass, field
from secrets import randbits

from telemetry.metrics import count
from users.ask_for_link import offer_to_restore
from users.back_off import compare
from users.change import Done, Realm, Write, recall, remember
from users.errors import Refusal
from users.items import Conflict
from users.links import send_link
from users.model import Locale, Profile, User, user_id
from users.passwords import hash_password


@dataclass(frozen=True, kw_only=True)
class Registration:
    """Who wants to register; the values obey ``users.rules``."""

    email: str
    name: str
    locale: Locale
    password: str = field(repr=False)


def register(realm: Realm, registration: Registration, write: Write) -> Done:
    """Create the user, on the condition that there is none with this address."""
    count("RegistrationAttempts")
    user = User(
        profile=Profile(
            id=user_id(realm.namespace, registration.email),
            email=registration.email,
            name=registration.name,
            role="user",
            locale=registration.locale,
            registered_at=realm.now(),
        ),
        password_hash=hash_password(registration.password),
        # A random start: a token of somebody who was purged is worth nothing to the next owner.
        token_version=randbits(31),
        rev=1,
        applied=remember(realm, {}, write, by="self"),
    )
    assert realm.tokens  # noqa: S101
    user = send_link(user, realm.tokens, "verification", "welcome", realm.now())
    try:
        realm.store.create(user)
    except Conflict as conflict:
        return _same_registration(realm, registration, write, user, conflict.found)
    count("Registrations")
    return Done(status=write.status, user=user)


def _same_registration(
    realm: Realm, registration: Registration, write: Write, user: User, found: User | None
) -> Done:
    """The first answer if this was a repetition, also one by the SDK itself; else the address is taken."""
    done = recall(realm, found, write) if found else None
    if done is None:
        if found and found.profile.deleted_at:
            offer_to_restore(realm, found)
        raise Refusal("email-taken")
    # Salts are random: an equal hash is this call's own write. Any other password is compared as at log-in.
    stored = done.user.password_hash
    if stored != user.password_hash and not compare(realm, user.id, registration.password, stored):
        raise Refusal("email-taken")
    return done
