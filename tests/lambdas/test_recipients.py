"""Whom a notice is for, and where the link in it leads."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from notices.model import Notice, NoticeKind, Recipient
from tests.lambdas.builders import START, Clock, PlainTokens, any_user
from users.links import digest
from users.memory import MemoryStore
from users.model import Link, Locale, User
from users.recipients import Recipients

PAGE = "https://people.example"
UNTIL = START + timedelta(hours=1)


class Scene:
    def __init__(self) -> None:
        self.clock = Clock()
        self.store = MemoryStore()
        self.recipients = Recipients(self.store, PlainTokens(), lambda: PAGE, self.clock)

    def somebody(self, locale: Locale = "en", *, is_verified: bool = True) -> User:
        user = any_user(verified_at=START if is_verified else None)
        link = Link(purpose="reset", at=START, expires_at=UNTIL)
        token = PlainTokens().make(user.id, "n", "a")
        return replace(user, profile=replace(user.profile, locale=locale), links={digest(token): link})

    def find(self, user: User, kind: NoticeKind, kid: str = "") -> Recipient | None:
        self.store.create(user)
        return self.recipients.find(user.id, Notice(id="n", kind=kind, at=START, kid=kid))


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.parametrize(
    ("locale", "kind", "kid", "link", "until"),
    [
        ("en", "password-changed", "", f"{PAGE}/en/forgotten/", None),
        ("zh-CN", "document", "", f"{PAGE}/zh-CN/", None),
        ("zh-CN", "reset", "a", f"{PAGE}/zh-CN/link/#{{id}}.a.n", UNTIL),
    ],
)
@pytest.mark.parametrize("is_verified", [True, False])
def should_lead_to_the_page_of_the_owners_language(
    locale: Locale, kind: NoticeKind, kid: str, link: str, until: object, is_verified: bool, scene: Scene
) -> None:
    user = scene.somebody(locale, is_verified=is_verified)
    assert scene.find(user, kind, kid) == Recipient(
        email=user.profile.email,
        locale=locale,
        is_verified=is_verified,
        page=PAGE,
        link=link.format(id=user.id),
        until=until,  # type: ignore[arg-type]
    )


def should_find_nobody_once_the_link_has_ended_or_is_gone(scene: Scene) -> None:
    scene.clock.now = UNTIL - timedelta(milliseconds=1)
    assert scene.find(scene.somebody(), "reset", "a")
    assert scene.find(replace(scene.somebody(), links={}), "reset", "a") is None
    scene.clock.now = UNTIL
    assert scene.find(scene.somebody(), "reset", "a") is None


def should_write_to_nobody_who_is_not_there_or_was_deleted(scene: Scene) -> None:
    assert scene.recipients.find(any_user().id, Notice(id="n", kind="document", at=START)) is None
    assert scene.find(any_user(deleted_at=START), "document") is None


@pytest.mark.parametrize(
    "refuse", [lambda one: replace(one, bounced_at=START), lambda one: replace(one, complained_at=START)]
)
def should_write_only_what_must_be_heard_where_mail_is_refused_or_unwelcome(
    refuse: Callable[[User], User], scene: Scene
) -> None:
    assert scene.find(refuse(scene.somebody()), "document") is None
    assert scene.find(refuse(scene.somebody()), "welcome", "a") is None
    assert scene.find(refuse(scene.somebody()), "password-changed")
    assert scene.find(refuse(scene.somebody()), "reset", "a")
