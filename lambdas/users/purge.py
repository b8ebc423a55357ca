"""Purging a user 30 days after the deletion: first what belongs to him, the user last."""

from typing import Protocol

from telemetry.metrics import count
from users.change import Realm
from users.items import Conflict
from users.model import RESTORABLE


class Belongings(Protocol):
    """What somebody has beside the item of the user."""

    def remove(self, user_id: str) -> bool:
        """Remove it all, in both regions and every version; whether nothing is left.

        It may be asked again at any time, also when it was interrupted. It raises ``Refusal("unavailable")``
        when it cannot reach something.
        """


def purge(realm: Realm, user_id: str, belongings: Belongings) -> bool:
    """Purge the user if that is due, unless he was restored meanwhile; whether he was purged.

    The id is free then: whoever registers with the address again begins with nothing.
    """
    user = realm.store.get(user_id)
    if user is None or not user.profile.deleted_at or realm.now() - user.profile.deleted_at < RESTORABLE:
        return False
    if not belongings.remove(user_id):
        return False
    try:
        realm.store.remove(user)
    except Conflict:
        return False
    count("Purges")
    return True
