"""The lists of users: what each one is ordered by, and where a user stands in it.

Each is an index with two partitions, the active and the deleted users, so a page is one query, which costs
the same at a thousand and at a million users. The price: a partition takes about 1 000 writes a second, so
about as many people can register, and beyond that DynamoDB throttles the table.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from users.model import Profile, Sort, State, searchable, timestamp

#: Bytes of a position; DynamoDB takes 1024 (and every byte is paid for in each index).
LONGEST: Final = 512
_ID_LENGTH: Final = len("usr_") + 36

# No name and no address has a tab in it, and it precedes everything they have: "Ann" stands before "Ann Lee".
_END: Final = "\t#"


@dataclass(frozen=True, kw_only=True)
class Order:
    """An index: its name, the attribute that orders it, what that is of a user, and in which direction."""

    index: str
    attribute: str
    position: Callable[[Profile], str]
    ascending: bool = True


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Which users, and in which order: all in a state, or those whose name or address starts so."""

    state: State = "active"
    sort: Sort = "-registered_at"
    start: str = ""

    @property
    def order(self) -> Order:
        return ORDERS[self.sort]

    @property
    def prefix(self) -> str:
        """What the positions begin with. Beyond their length, names are not told apart."""
        return _cut(searchable(self.start.lstrip()))


def _by_registration(profile: Profile) -> str:
    return f"{timestamp(profile.registered_at)}#{profile.id}"


def _by_name(profile: Profile) -> str:
    return f"{_cut(searchable(profile.name))}{_END}{profile.id}"


def _by_email(profile: Profile) -> str:
    return f"{_cut(searchable(profile.email))}{_END}{profile.id}"


def holder(position: str) -> str:
    """The id of the user who stands there."""
    return position.rpartition("#")[2]


def _cut(text: str) -> str:
    """What fits into a position, with no character cut in two."""
    return text.encode()[: LONGEST - len(_END) - _ID_LENGTH].decode(errors="ignore")


ORDERS: Final[Mapping[Sort, Order]] = {
    "-registered_at": Order(
        index="registered", attribute="registered_key", position=_by_registration, ascending=False
    ),
    "name": Order(index="name", attribute="name_key", position=_by_name),
    "email": Order(index="email", attribute="email_key", position=_by_email),
}
