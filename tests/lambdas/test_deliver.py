"""Sending notices: never lost, and doubled only when SES accepted one and its removal was not written."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from files.model import Upload
from notices.courier import Reference
from notices.deliver import HELD, KEPT, LEASE, LONGEST_PAUSE, Delivery, PostOffice, pause
from notices.model import Notice
from telemetry import metrics
from tests.lambdas.builders import any_key, any_write
from tests.lambdas.posting import Killed, Scene, Watched, kill
from users.ask_for_link import ask_for_link
from users.change import revise
from users.delete import delete
from users.errors import Refusal
from users.feedback import Complaint, take_feedback
from users.follow_link import follow_link
from users.items import Conflict
from users.model import Locale, User, user_id
from users.restore import restore


@pytest.fixture
def scene() -> Iterator[Scene]:
    yield Scene()


def should_send_a_notice_once(scene: Scene) -> None:
    user = scene.somebody()
    assert [scene.deliver(user).outcome for _ in range(2)] == ["sent", "gone"]
    assert [letter.to for letter in scene.postbox.letters] == [user.profile.email]
    assert scene.waiting(user) == []


def should_know_nothing_of_what_is_not_there(scene: Scene) -> None:
    user = scene.somebody()
    assert scene.office.deliver(Reference(pk=user.id, sk="user", notice="no such")).outcome == "gone"
    assert scene.office.deliver(Reference(pk="usr_0", sk="user", notice="n")).outcome == "gone"


def should_leave_a_notice_to_whoever_holds_its_lease(scene: Scene) -> None:
    user = scene.somebody()
    inner: list[str] = []
    scene.postbox.before = lambda: inner.append(scene.deliver(user).outcome)
    scene.deliver(user)
    assert inner == ["early"]
    assert len(scene.postbox.letters) == 1


# The writes of one delivery are the lease and the removal; between them SES accepts the letter.
@pytest.mark.parametrize("kind", ["welcome", "document"])
@pytest.mark.parametrize(
    ("moment", "letters"),
    [
        ("before the lease", 1),
        ("after the lease", 1),
        ("before SES", 1),
        ("after SES", 2),
        ("before the removal", 2),
        ("after the removal", 1),
    ],
)
def should_lose_nothing_when_it_is_killed(moment: str, letters: int, kind: str, scene: Scene) -> None:
    """And double only in the one window: SES has accepted, the removal is not written."""
    thing, store = waiting_to_be_told(scene, kind)
    match moment:
        case "before the lease":
            store.before[1] = kill
        case "after the lease":
            store.after[1] = kill
        case "before SES":
            scene.postbox.before = kill
        case "after SES":
            scene.postbox.after = kill
        case "before the removal":
            store.before[2] = kill
        case "after the removal":
            store.after[2] = kill
    with pytest.raises(Killed):
        scene.deliver(thing)
    scene.postbox.before = scene.postbox.after = lambda: None

    scene.sweep()

    assert len(scene.postbox.letters) == letters
    assert len({letter.text for letter in scene.postbox.letters}) == 1  # the same link both times
    assert scene.waiting(thing) == []


def waiting_to_be_told(scene: Scene, kind: str) -> tuple[User | Upload, Watched]:
    """What a notice waits in, and where that is kept; no other notice waits."""
    user = scene.somebody()
    if kind == "welcome":
        return user, scene.store
    scene.deliver(user)
    scene.postbox.letters.clear()
    return scene.taken_in(user), scene.uploads


class Hasty(PostOffice):
    """Removes a notice and then sends it."""

    def deliver(self, reference: Reference) -> Delivery:
        seen: list[Notice] = []
        self.outboxes.revise(reference, seen.append)  # which gives None, and so removes it
        assert self.sender
        return Delivery(outcome="sent" if self.sender.send(reference, seen[0]) else "unwanted")


@pytest.mark.parametrize("kind", ["welcome", "document"])
def should_report_a_loss_when_notices_are_removed_before_they_are_sent(kind: str, scene: Scene) -> None:
    """The counter-proof: in another order the same kill loses the notice."""
    thing, _ = waiting_to_be_told(scene, kind)
    scene.office = Hasty(**vars(scene.office))
    scene.postbox.before = kill
    with pytest.raises(Killed):
        scene.deliver(thing)
    scene.postbox.before = lambda: None
    scene.sweep()
    assert scene.postbox.letters == []


def should_take_over_only_when_a_lease_has_ended(scene: Scene) -> None:
    user = scene.somebody()
    scene.store.after[1] = kill
    with pytest.raises(Killed):
        scene.deliver(user)
    scene.clock.now += LEASE - timedelta(milliseconds=1)
    assert scene.deliver(user).outcome == "early"
    scene.clock.now += timedelta(milliseconds=1)
    assert scene.deliver(user).outcome == "sent"


def should_recognise_its_own_lease_when_the_sdk_repeats_the_write(scene: Scene) -> None:
    user = scene.somebody()

    def written_and_lost() -> None:
        raise Conflict(scene.store.get(user.id))

    scene.store.after[1] = written_and_lost
    assert scene.deliver(user).outcome == "sent"
    assert len(scene.postbox.letters) == 1


def should_try_again_later_and_later_while_ses_refuses(scene: Scene) -> None:
    user = scene.somebody()

    def refuse() -> None:
        raise ConnectionError("no route to SES")

    scene.postbox.before = refuse
    waits = []
    for _ in range(3):
        delivery = scene.deliver(user)
        assert (delivery.outcome, type(delivery.fault)) == ("failed", ConnectionError)
        [notice] = scene.waiting(user)
        waits.append(notice.due_at - scene.clock.now)
        assert scene.deliver(user).outcome == "early"
        scene.clock.now = notice.due_at
    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    scene.postbox.before = lambda: None
    assert scene.deliver(user).outcome == "sent"


def should_not_wait_longer_than_an_hour() -> None:
    assert pause(1000) == LONGEST_PAUSE


def should_hold_notices_while_there_is_no_sender() -> None:
    scene = Scene(has_sender=False)
    user = scene.somebody()
    assert [scene.deliver(user).outcome for _ in range(2)] == ["held", "early"]
    [notice] = scene.waiting(user)
    assert notice.due_at == scene.clock.now + HELD
    scene.clock.now += HELD
    scene.office = replace(scene.office, sender=scene.post)
    assert scene.deliver(user).outcome == "sent"


def should_forget_what_is_too_long_ago_to_tell(scene: Scene) -> None:
    user = scene.somebody()
    scene.clock.now += KEPT
    assert scene.deliver(user).outcome == "unwanted"
    assert scene.waiting(user) == []
    assert scene.postbox.letters == []


def should_remove_what_was_sent_though_the_store_falters(scene: Scene) -> None:
    user = scene.somebody()

    def falter() -> None:
        raise Refusal("unavailable")

    scene.store.before = {2: falter, 3: falter}
    assert scene.deliver(user).outcome == "sent"
    assert scene.waiting(user) == []


def should_say_so_when_the_removal_cannot_be_written(scene: Scene) -> None:
    user = scene.somebody()

    def fail() -> None:
        raise Refusal("unavailable")

    scene.store.before = {2: fail, 3: fail, 4: fail}
    with pytest.raises(Refusal):
        scene.deliver(user)
    assert len(scene.waiting(user)) == 1


def should_not_bring_back_what_was_written_while_it_was_sent(scene: Scene) -> None:
    user = scene.somebody()
    scene.postbox.before = lambda: ask_for_link(scene.realm, user.profile.email)
    assert scene.deliver(user).outcome == "sent"
    assert [one.kind for one in scene.waiting(user)] == ["reset"]


def should_send_no_link_that_was_used_or_replaced(scene: Scene) -> None:
    user = scene.somebody()
    ask_for_link(scene.realm, user.profile.email)
    [reset] = [one for one in scene.waiting(user) if one.kind == "reset"]
    token = f"{user.id}.a.{reset.id}"
    follow_link(scene.realm, token, any_write(operation="follow", status=204), new_password="correct horse 9")
    assert scene.deliver(user, reset).outcome == "unwanted"
    assert scene.postbox.letters == []


def should_send_no_link_that_has_expired(scene: Scene) -> None:
    user = scene.somebody()
    scene.clock.now += timedelta(days=7)
    assert scene.deliver(user).outcome == "unwanted"


def should_not_tell_of_a_deletion_that_was_undone(scene: Scene) -> None:
    user = scene.somebody()
    delete(scene.realm, user.id, any_write(operation="delete"))
    restore(scene.realm, user.id, any_write(operation="restore"))
    assert {scene.deliver(user, one).outcome for one in scene.waiting(user)} == {"unwanted"}


def should_write_to_an_address_that_refuses_mail_only_what_must_be_heard(scene: Scene) -> None:
    user = scene.somebody()
    take_feedback(scene.realm, user.profile.email.upper(), "bounced")
    ask_for_link(scene.realm, user.profile.email)
    outcomes = {one.kind: scene.deliver(user, one).outcome for one in scene.waiting(user)}
    assert outcomes == {"welcome": "unwanted", "reset": "sent"}


def should_trust_an_address_again_when_a_link_was_followed_there(scene: Scene) -> None:
    user = scene.somebody()
    [welcome] = scene.waiting(user)
    take_feedback(scene.realm, user.profile.email, "bounced")
    take_feedback(scene.realm, user.profile.email, "complained")
    found = scene.store.get(user.id)
    assert found
    assert found.is_unreachable
    follow_link(scene.realm, f"{user.id}.a.{welcome.id}", any_write(operation="follow", status=204))
    found = scene.store.get(user.id)
    assert found
    assert not found.is_unreachable


@pytest.mark.parametrize("what", get_args(Complaint))
def should_remember_the_first_time_that_mail_came_back_or_was_unwelcome_and_count_each(
    what: Complaint, scene: Scene
) -> None:
    user, first = scene.somebody(), scene.clock.now
    metrics.take()
    for _ in range(2):
        take_feedback(scene.realm, user.profile.email, what)
        scene.clock.advance(days=1)
    found = scene.store.get(user.id)
    assert found
    remembered = {"bounced": found.bounced_at, "complained": found.complained_at}
    assert remembered == {"bounced": None, "complained": None, what: first}
    counted = metrics.take()
    assert {name: counted[name] for name in counted if name in metrics.UNITS} == {f"Notices{what.title()}": 2}


def should_ignore_mail_that_came_back_from_a_stranger(scene: Scene) -> None:
    stranger, user = "stranger@example.com", scene.somebody()
    before = scene.store.get(user.id)
    take_feedback(scene.realm, stranger, "bounced")
    assert scene.store.get(user_id(scene.realm.namespace, stranger)) is None
    assert scene.store.get(user.id) == before


def should_send_nothing_to_somebody_who_is_gone(scene: Scene) -> None:
    user = scene.somebody()
    notice = Notice(id=any_key(), kind="password-changed", at=scene.clock.now)
    revise(scene.realm, user.id, lambda one: replace(one, outbox={notice.id: notice}))
    delete(scene.realm, user.id, any_write(operation="delete"))
    assert scene.deliver(user, notice).outcome == "unwanted"


@pytest.mark.parametrize(
    ("locale", "subject"), [("en", "Your document has arrived"), ("zh-CN", "您的文件已收到")]
)
def should_tell_the_owner_of_a_document_in_his_language(locale: Locale, subject: str, scene: Scene) -> None:
    owner = scene.somebody()
    revise(scene.realm, owner.id, lambda one: replace(one, profile=replace(one.profile, locale=locale)))
    scene.somebody()
    assert scene.deliver(scene.taken_in(owner)).outcome == "sent"
    [letter] = scene.postbox.letters
    assert (letter.to, letter.locale, letter.subject) == (owner.profile.email, locale, subject)


def should_tell_nobody_of_a_document_that_is_gone_or_whose_owner_is(scene: Scene) -> None:
    owner = scene.somebody()
    purged, left = scene.taken_in(owner), scene.taken_in(owner)
    scene.uploads.remove(purged)
    assert scene.deliver(purged).outcome == "gone"
    delete(scene.realm, owner.id, any_write(operation="delete"))
    assert scene.deliver(left).outcome == "unwanted"
    assert scene.waiting(left) == []
    assert scene.postbox.letters == []
