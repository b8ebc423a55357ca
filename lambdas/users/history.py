"""What happened to a user."""

from users.change import Realm
from users.model import Event, User
from users.show import show


def history(realm: Realm, user_id: str) -> tuple[Event, ...]:
    """The last 50 events, the newest first, and the registration."""
    return events_of(show(realm, user_id))


def events_of(user: User) -> tuple[Event, ...]:
    """The events of a user who is at hand, the newest first."""
    registered = Event(at=user.profile.registered_at, what="registered", by=user.id)
    return (*reversed(user.events), registered)
