"""From a notice to a letter that SES has taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from notices.courier import Reference
from notices.letters import Letters
from notices.model import Letter, Notice
from notices.pace import Pace
from users.recipients import Recipients
from users.rounds import Keeper


class Mailer(Protocol):
    """See ``notices.mailer``."""

    def send(self, letter: Letter) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Post:
    """Finds whom a notice is for, writes the letter and sends it in its turn (``notices.deliver.Sender``).

    ``owners`` finds whose an item is that is no user, by its sort key.
    """

    recipients: Recipients
    letters: Letters
    mailer: Mailer
    pace: Pace
    owners: Mapping[str, Keeper[Any]]

    def send(self, reference: Reference, notice: Notice) -> bool:
        user_id = self._owner(reference)
        recipient = self.recipients.find(user_id, notice) if user_id else None
        if recipient is None:
            return False
        letter = self.letters.write(notice, recipient)
        self.pace.wait()
        self.mailer.send(letter)
        return True

    def _owner(self, reference: Reference) -> str | None:
        if reference.sk not in self.owners:
            return reference.pk
        thing = self.owners[reference.sk].get(reference.pk)
        return str(thing.owner) if thing else None
