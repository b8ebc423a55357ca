"""The outboxes of users, and of whatever else the main table keeps."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from notices.courier import Reference
from notices.model import Notice
from users.rounds import Keeper, settle


class KeptOutboxes:
    """Changes notices by the same compare-and-set as all else; ``keepers`` by the sort key of their items."""

    def __init__(self, keepers: Mapping[str, Keeper[Any]]) -> None:
        self._keepers = keepers

    def revise(self, reference: Reference, decide: Callable[[Notice], Notice | None]) -> Notice | None:
        """See ``notices.deliver.Outboxes``."""

        def revised(thing: Any) -> Any:
            notice = thing.outbox.get(reference.notice)
            if notice is None:
                return thing
            becomes = decide(notice)
            others = {id: one for id, one in thing.outbox.items() if id != notice.id}
            return replace(thing, outbox={**others, notice.id: becomes} if becomes else others)

        found = settle(self._keepers[reference.sk], reference.pk, revised)
        return found.outbox.get(reference.notice) if found else None
