"""Sweeping: nothing that is due is left behind, whoever took it on and whichever region is gone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from files.leftovers import DynamoLeftovers, remember
from files.store import DynamoStore as UploadStore
from notices import due
from notices.courier import Reference
from notices.index import DynamoDueIndex
from notices.model import Notice
from notices.sweep import Later, Row, Sweeper
from telemetry import metrics
from tests.lambdas.api import REGION, create_table
from tests.lambdas.builders import START, Clock, any_key, any_user
from tests.lambdas.files import any_upload
from users.model import User
from users.store import DynamoStore

PEER = "us-east-1"


class Killed(BaseException):
    """The process ends here."""


class Courier:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Reference] = []
        self.works = True

    def send(self, reference: Reference) -> bool:
        if self.works:
            self.sent.append(reference)
        return self.works


class Scene:
    """A table with its index, and a sweeper in each region."""

    def __init__(self) -> None:
        name = any_key()
        client = create_table(name)
        self.clock = Clock()
        self.courier = Courier()
        self.store = DynamoStore(client, name)
        self.uploads = UploadStore(client, name)
        self.leftovers = DynamoLeftovers(client, name)
        self.index = DynamoDueIndex(client, name)
        self.faults: list[Exception] = []
        self.done: list[str] = []
        self.sweeper = Sweeper(
            index=self.index,
            courier=self.courier,
            duties={"user": self.done.append},
            since={
                "user": self.store.due_at,
                "upload": self.uploads.due_at,
                "leftover": self.leftovers.due_at,
            },
            region=REGION,
            peer=PEER,
            now=self.clock,
            report=self.faults.append,
        )
        self.peers = replace(self.sweeper, region=PEER, peer=REGION)

    def waiting(self, *, not_before: datetime | None = None, deleted_at: datetime | None = None) -> User:
        notice = Notice(id=any_key(), kind="welcome", at=START, not_before=not_before)
        user = replace(any_user(deleted_at=deleted_at), outbox={notice.id: notice})
        self.store.create(user)
        return user

    def people(self) -> list[str]:
        return [one.pk for one in self.courier.sent]


@pytest.fixture
def scene(aws: None) -> Iterator[Scene]:
    yield Scene()


def should_leave_a_new_notice_to_the_message_that_was_sent_with_it(scene: Scene) -> None:
    scene.waiting()
    scene.clock.advance(seconds=59)
    assert scene.sweeper.sweep()["items"] == 0


def should_measure_how_late_the_oldest_due_work_is(scene: Scene) -> None:
    metrics.take()
    scene.sweeper.sweep()
    assert metrics.take() == {}, "a value of 0 would be paid for"
    scene.waiting()
    scene.clock.advance(minutes=2)
    scene.sweeper.sweep()
    assert metrics.take()["DueOverdueSeconds"] == 120
    scene.clock.advance(minutes=6)  # postponed, and as late all the same
    scene.sweeper.sweep()
    assert metrics.take()["DueOverdueSeconds"] == 480


def should_call_nothing_late_that_was_done_meanwhile(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    user = scene.waiting()
    scene.clock.advance(minutes=2)
    rows = scene.index.rows

    def seen_before_it_is_done(shard: str, before: datetime, limit: int) -> object:
        found = rows(shard, before, limit)
        for _ in found:
            scene.store.replace(user, replace(user, rev=2, outbox={}), "")
        return found

    monkeypatch.setattr(scene.index, "rows", seen_before_it_is_done)
    metrics.take()
    done = scene.sweeper.sweep()
    assert (done["items"], done["failures"], scene.faults) == (1, 0, [])
    assert "DueOverdueSeconds" not in metrics.take()


@pytest.mark.parametrize("kind", ["user", "upload", "leftover"])
def should_be_as_late_as_the_item_says_however_often_it_was_postponed(scene: Scene, kind: str) -> None:
    user = any_user(deleted_at=START - timedelta(days=30))
    upload = replace(any_upload(user), look_at=START)
    if kind == "user":
        scene.store.create(user)
    elif kind == "upload":
        scene.uploads.create(upload)
    else:
        remember(scene.leftovers, upload.id, START)
    late = []
    for _ in range(4):
        scene.clock.advance(minutes=6)
        metrics.take()
        scene.sweeper.sweep()
        late.append(metrics.take()["DueOverdueSeconds"])
    assert late == [360, 720, 1080, 1440]


def should_keep_due_what_waits_for_a_lost_region_and_call_it_no_failure(scene: Scene) -> None:
    user = any_user(deleted_at=START - timedelta(days=30))
    scene.store.create(user)
    lost = [True, True, False]

    def duty(pk: str) -> None:
        if lost.pop(0):
            raise Later
        scene.done.append(pk)

    sweeper = replace(scene.sweeper, duties={"user": duty})
    counted = []
    for _ in range(3):
        scene.clock.advance(minutes=6)
        counted.append(sweeper.sweep())
    assert [(one["later"], one["failures"]) for one in counted] == [(1, 0), (1, 0), (0, 0)]
    assert scene.faults == []
    assert scene.done == [user.id]


def should_send_a_message_for_each_notice_that_waits_for_a_minute(scene: Scene) -> None:
    user = scene.waiting()
    scene.clock.advance(minutes=1)
    assert scene.sweeper.sweep() == {"items": 1, "notices": 1, "later": 0, "failures": 0}
    assert scene.courier.sent == [Reference(pk=user.id, sk="user", notice=next(iter(user.outbox)))]


def should_do_what_a_lost_region_accepted_after_five_minutes(scene: Scene) -> None:
    user = scene.waiting()
    scene.clock.advance(minutes=5, milliseconds=-1)
    assert scene.peers.sweep()["items"] == 0
    scene.clock.advance(milliseconds=1)
    scene.peers.sweep()
    assert scene.people() == [user.id]


def should_not_send_a_notice_whose_turn_has_not_come(scene: Scene) -> None:
    scene.waiting(not_before=START + timedelta(hours=1), deleted_at=START - timedelta(days=31))
    scene.clock.advance(minutes=1)
    assert scene.sweeper.sweep()["notices"] == 0
    assert len(scene.done) == 1


def should_leave_alone_for_a_while_what_it_took_on(scene: Scene) -> None:
    scene.waiting()
    scene.clock.advance(minutes=1)
    for _ in range(5):
        scene.sweeper.sweep()
        scene.clock.advance(minutes=1)
    assert len(scene.courier.sent) == 1
    scene.clock.advance(minutes=1)
    scene.sweeper.sweep()
    assert len(scene.courier.sent) == 2


def should_lose_nothing_while_the_queue_takes_nothing(scene: Scene) -> None:
    user = scene.waiting()
    scene.courier.works = False
    scene.clock.advance(minutes=1)
    assert scene.sweeper.sweep()["notices"] == 0
    scene.courier.works = True
    scene.clock.advance(minutes=6)
    scene.sweeper.sweep()
    assert scene.people() == [user.id]


def kill(*_: object, **__: object) -> None:
    raise Killed


@pytest.mark.parametrize("step", ["rows", "send", "duty", "postpone"])
def should_lose_nothing_when_it_is_killed_at_any_step(
    step: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted = scene.waiting(deleted_at=START - timedelta(days=31))
    other = scene.waiting()
    scene.clock.advance(minutes=1)
    with monkeypatch.context() as patch:
        match step:
            case "send":
                patch.setattr(scene.courier, "send", kill)
            case "duty":
                patch.setitem(scene.sweeper.duties, "user", kill)
            case _:
                patch.setattr(scene.index, step, kill)
        with pytest.raises(Killed):
            scene.sweeper.sweep()
    scene.clock.advance(minutes=6)
    scene.sweeper.sweep()
    assert set(scene.people()) == {deleted.id, other.id}
    assert deleted.id in scene.done


def should_go_on_after_what_fails_and_come_back_to_it(scene: Scene) -> None:
    people = [scene.waiting(deleted_at=START - timedelta(days=31)).id for _ in range(6)]
    broken = people[0]
    tried: list[str] = []

    def duty(pk: str) -> None:
        tried.append(pk)
        if pk == broken:
            raise ValueError("this one cannot be done")

    sweeper = replace(scene.sweeper, duties={"user": duty})
    scene.clock.advance(minutes=1)
    assert sweeper.sweep() == {"items": 6, "notices": 6, "later": 0, "failures": 1}
    assert sorted(tried) == sorted(people)
    assert [str(fault) for fault in scene.faults] == ["this one cannot be done"]
    assert sweeper.sweep()["items"] == 0
    scene.clock.advance(minutes=6)
    sweeper.sweep()
    assert tried.count(broken) == 2


def should_go_on_with_the_other_shards_when_one_cannot_be_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [scene.waiting().id for _ in range(20)]
    rows = scene.index.rows
    closed = due.shards(REGION)[0]

    def some(shard: str, before: datetime, limit: int) -> object:
        if shard == closed:
            raise ConnectionError
        return rows(shard, before, limit)

    monkeypatch.setattr(scene.index, "rows", some)
    scene.clock.advance(minutes=1)
    done = scene.sweeper.sweep()
    assert done["failures"] == 1
    left = {id for id in people if due.hint(REGION, id, START)[due.SHARD] == closed}
    assert set(scene.people()) == set(people) - left


def should_end_when_its_time_is_over_and_go_on_the_next_time(scene: Scene) -> None:
    people = {scene.waiting().id for _ in range(5)}
    scene.clock.advance(minutes=1)
    turns = iter([False, False, True])
    assert scene.sweeper.sweep(lambda: next(turns))["items"] == 2
    scene.clock.advance(minutes=1)
    assert scene.sweeper.sweep()["items"] == 3
    assert set(scene.people()) == people


def should_not_postpone_what_was_written_meanwhile(scene: Scene) -> None:
    user = scene.waiting()
    scene.clock.advance(minutes=1)
    [row] = [row for shard in due.shards(REGION) for row in scene.index.rows(shard, scene.clock.now, 10)]
    later = Notice(id="later", kind="reset", at=scene.clock.now)
    scene.store.replace(user, replace(user, rev=2, outbox={"later": later}), "")
    assert not scene.index.postpone(row, scene.clock.now + timedelta(hours=1))
    scene.clock.advance(minutes=1)
    scene.sweeper.sweep()
    assert [one.notice for one in scene.courier.sent] == ["later"]


def should_not_bring_back_an_item_that_is_gone(scene: Scene) -> None:
    user = scene.waiting()
    row = Row(pk=user.id, sk="user", shard=due.shards(REGION)[0], due_at=START, outbox={})
    scene.store.remove(user)
    assert not scene.index.postpone(row, START)
    assert scene.store.get(user.id) is None
