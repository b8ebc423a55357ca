"""A post office whose every part can be watched, broken and killed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from files.memory import MemoryStore as MemoryUploads
from files.model import Upload
from functions.notifier.post import Post
from notices.courier import Reference
from notices.deliver import Delivery, PostOffice
from notices.letters import Letters
from notices.model import Letter, Notice
from notices.pace import Pace
from tests.lambdas.builders import Clock, PlainTokens, any_key, any_realm, any_registration, any_write
from tests.lambdas.files import any_upload
from users.change import Realm
from users.memory import MemoryStore
from users.model import User
from users.outboxes import KeptOutboxes
from users.recipients import Recipients
from users.register import register
from web.languages import translations

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


class Watched:
    """A store that does something before or after its n-th write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.before: dict[int, Callable[[], object]] = {}
        self.after: dict[int, Callable[[], object]] = {}

    def replace(self, seen: Any, becomes: Any, key: str = "") -> None:
        self.writes += 1
        number = self.writes
        self.before.get(number, lambda: None)()
        super().replace(seen, becomes, key)  # type: ignore[misc]
        self.after.get(number, lambda: None)()


class WatchedStore(Watched, MemoryStore):
    """Users."""


class WatchedUploads(Watched, MemoryUploads):
    """Their uploads."""


class Scene:
    """People, and a notifier that sends to them."""

    def __init__(self, *, has_sender: bool = True) -> None:
        self.clock = Clock()
        self.store = WatchedStore()
        self.uploads = WatchedUploads()
        self.realm: Realm = any_realm(store=self.store, clock=self.clock)
        self.postbox = Postbox()
        self.post = Post(
            recipients=Recipients(self.store, PlainTokens(), lambda: PAGE, self.clock),
            letters=Letters(Path(str(files("resources") / "mail")), translations),
            mailer=self.postbox,
            pace=Pace(0),
            owners={"upload": self.uploads},
        )
        self.office = PostOffice(
            outboxes=KeptOutboxes({"user": self.store, "upload": self.uploads}),
            sender=self.post if has_sender else None,
            now=self.clock,
        )

    def somebody(self) -> User:
        """Somebody who has just registered, with a welcome that waits."""
        return register(self.realm, any_registration(), any_write(operation="register", status=201)).user

    def taken_in(self, owner: User) -> Upload:
        """A document of somebody's that was just taken in, of which a notice waits to tell."""
        notice = Notice(id=any_key(), kind="document", at=self.clock.now, about="passport.pdf")
        upload = replace(any_upload(owner), state="done", look_at=None, outbox={notice.id: notice})
        self.uploads.create(upload)
        return upload

    def deliver(self, thing: User | Upload, notice: Notice | None = None) -> Delivery:
        notice = notice or next(iter(thing.outbox.values()))
        sk = "upload" if isinstance(thing, Upload) else "user"
        return self.office.deliver(Reference(pk=thing.id, sk=sk, notice=notice.id))

    def waiting(self, thing: User | Upload) -> list[Notice]:
        found = (self.uploads if isinstance(thing, Upload) else self.store).get(thing.id)
        assert found
        return list(found.outbox.values())

    def sweep(self) -> None:
        """What sweepers do in time: every notice that is due is brought again, until none is."""
        for _ in range(3):
            self.clock.now += timedelta(hours=1)
            things: list[User | Upload] = [*self.store._users.values(), *self.uploads.uploads.values()]
            for thing in things:
                for notice in thing.outbox.values():
                    self.deliver(thing, notice)
