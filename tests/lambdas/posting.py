"""A post office whose every part can be watched, broken and killed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from functions.notifier.post import Post
from notices.courier import Reference
from notices.deliver import Delivery, PostOffice
from notices.letters import Letters
from notices.model import Letter, Notice
from notices.pace import Pace
from tests.lambdas.builders import Clock, PlainTokens, any_realm, any_registration, any_write
from users.change import Realm
from users.memory import MemoryStore
from users.model import User
from users.outboxes import KeptOutboxes
from users.recipients import Recipients
from users.register import register
from web.languages import translations
from web.resources import resource

PAGE = "https://people.example"


class Killed(BaseException):
    """The process ends here."""


def kill(*_: object, **__: object) -> None:
    raise Killed


@dataclass
class Postbox:
    """Stands for SES: keeps what it accepts."""

    letters: list[Letter] = field(default_factory=list)
    before: Callable[[], object] = lambda: None
    after: Callable[[], object] = lambda: None

    def send(self, letter: Letter) -> None:
        self.before()
        self.letters.append(letter)
        self.after()


class WatchedStore(MemoryStore):
    """A store that does something before or after its n-th write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.before: dict[int, Callable[[], object]] = {}
        self.after: dict[int, Callable[[], object]] = {}

    def replace(self, seen: User, becomes: User, key: str) -> None:
        self.writes += 1
        number = self.writes
        self.before.get(number, lambda: None)()
        super().replace(seen, becomes, key)
        self.after.get(number, lambda: None)()


class Scene:
    """People, and a notifier that sends to them."""

    def __init__(self, *, has_sender: bool = True) -> None:
        self.clock = Clock()
        self.store = WatchedStore()
        self.realm: Realm = any_realm(store=self.store, clock=self.clock)
        self.postbox = Postbox()
        self.post = Post(
            recipients=Recipients(self.store, PlainTokens(), lambda: PAGE, self.clock),
            letters=Letters(resource("mail"), translations),
            mailer=self.postbox,
            pace=Pace(0),
            owners={},
        )
        self.office = PostOffice(
            outboxes=KeptOutboxes({"user": self.store}),
            sender=self.post if has_sender else None,
            now=self.clock,
        )

    def somebody(self) -> User:
        """Somebody who has just registered, with a welcome that waits."""
        return register(self.realm, any_registration(), any_write(operation="register", status=201)).user

    def deliver(self, user: User, notice: Notice | None = None) -> Delivery:
        notice = notice or next(iter(user.outbox.values()))
        return self.office.deliver(Reference(pk=user.id, sk="user", notice=notice.id))

    def waiting(self, user: User) -> list[Notice]:
        found = self.store.get(user.id)
        assert found
        return list(found.outbox.values())

    def sweep(self) -> None:
        """What sweepers do in time: every notice that is due is brought again, until none is."""
        for _ in range(3):
            self.clock.now += timedelta(hours=1)
            for user in list(self.store._users.values()):
                for notice in user.outbox.values():
                    self.deliver(user, notice)
