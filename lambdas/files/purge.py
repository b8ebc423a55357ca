"""Deleting all that somebody has sent, for good."""

from dataclasses import dataclass

from files.model import Upload
from files.objects import Objects
from files.store import Store
from users.items import Conflict

#: Uploads that are removed at once: a sweep's time is bounded.
AT_ONCE = 25


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """What people have sent, as what belongs to them."""

    store: Store
    objects: Objects

    def remove(self, user_id: str) -> bool:
        """Delete files, every version in both regions, then what is known of them; whether none is left.

        For somebody who can send nothing any more: the list may show what is gone already, and misses nothing
        that has been there for a while.
        """
        page = self.store.page(user_id, AT_ONCE, None)
        gone = [self._remove(upload) for upload in page.uploads]
        return all(gone) and page.more is None

    def _remove(self, upload: Upload) -> bool:
        self.objects.purge(upload.id)
        try:
            self.store.remove(upload)
        except Conflict as conflict:
            return conflict.found is None
        return True
