"""Taking in what has arrived: once, whatever comes twice, late, in another order or by replication."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from files.leftovers import Leftover, remember
from files.memory import MemoryLeftovers
from files.model import LARGEST, Upload, object_key, upload_id
from files.purge import AT_ONCE, Uploads
from files.take_in import look_after, next_look, take_in
from tests.lambdas.builders import START, any_user
from tests.lambdas.files import HERE, PDF, PNG, THERE, Cloud, any_asked, any_upload
from tests.lambdas.posting import WatchedUploads
from users.errors import Refusal
from users.items import Conflict
from users.model import Document, User


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def owner(cloud: Cloud) -> User:
    user = any_user()
    cloud.users.store.create(user)
    return user


def arrive(cloud: Cloud, upload: Upload, content: bytes = PDF, *, region: str = HERE) -> tuple[str, str]:
    """The key and the version of an object that a form has sent."""
    key = object_key(region, upload.id)
    return key, cloud.buckets.put(region, key, content)


def document(cloud: Cloud, owner: User) -> Document | None:
    user = cloud.users.store.get(owner.id)
    assert user
    return user.profile.document


def should_take_a_file_in_link_it_to_its_owner_and_tell_him(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner, asked=any_asked(filename="passport.pdf"))
    key, version = arrive(cloud, upload)
    assert take_in(cloud.desk(), key, version) == "taken-in"
    done = cloud.uploads.uploads[upload.id]
    assert (done.state, done.reason, done.look_at, done.finished_at) == ("done", None, None, cloud.clock.now)
    assert done.stored and (done.stored.region, done.stored.key, done.stored.version) == (HERE, key, version)
    assert [(one.kind, one.about) for one in done.outbox.values()] == [("document", "passport.pdf")]
    assert document(cloud, owner) == Document(id=upload.id, at=upload.created_at)


def should_take_the_same_file_in_once_however_often_it_is_told_of(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    arrived = arrive(cloud, upload)
    assert [take_in(cloud.desk(), *arrived) for _ in range(3)] == ["taken-in", "again", "again"]
    done = cloud.uploads.uploads[upload.id]
    assert (done.rev, len(done.outbox)) == (3, 1)


@pytest.mark.parametrize(
    ("content", "announced", "reason"),
    [
        (b"", len(PDF), "empty"),
        (PDF + b"x", len(PDF), "wrong-size"),
        (PNG, len(PNG), "wrong-type"),
        (PDF[:-20], len(PDF) - 20, "damaged"),
        (b"\0" * (LARGEST + 1), len(PDF), "too-large"),
    ],
)
def should_refuse_with_a_reason_and_keep_nothing_of_it(
    content: bytes, announced: int, reason: str, cloud: Cloud, owner: User
) -> None:
    upload = cloud.requested(owner, asked=replace(any_asked(), size=announced))
    arrived = arrive(cloud, upload, content)
    assert take_in(cloud.desk(), *arrived) == "refused"
    failed = cloud.uploads.uploads[upload.id]
    assert (failed.state, failed.reason, failed.look_at, failed.outbox) == ("failed", reason, None, {})
    assert cloud.buckets.versions == {}
    assert document(cloud, owner) is None
    assert take_in(cloud.desk(), *arrived) == "again"


def look_at(cloud: Cloud, upload: Upload) -> object:
    return cloud.uploads.uploads[upload.id].look_at


def should_delete_a_refused_file_when_the_lost_region_answers_again(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    arrived = arrive(cloud, upload, PNG * 2)
    cloud.buckets.lost = {THERE}
    assert take_in(cloud.desk(), *arrived) == "later"
    assert take_in(cloud.desk(), *arrived) == "later"
    assert cloud.uploads.uploads[upload.id].state == "failed"
    assert cloud.buckets.versions.keys() == {(THERE, arrived[0])}
    due = look_at(cloud, upload)
    assert due
    assert look_after(cloud.desk(), upload.id) == "later"
    assert look_at(cloud, upload) == due
    cloud.buckets.lost = set()
    assert look_after(cloud.desk(), upload.id) == "again"
    assert look_at(cloud, upload) is None
    assert cloud.buckets.versions == {}


def should_delete_a_second_file_when_the_lost_region_answers_again(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    first, second = arrive(cloud, upload), arrive(cloud, upload)
    take_in(cloud.desk(), *first)
    cloud.buckets.lost = {THERE}
    assert take_in(cloud.desk(), *second) == "later"
    assert cloud.leftovers.kept[upload.id].since == cloud.clock.now
    assert look_after(cloud.desk(), upload.id) == "later"
    cloud.buckets.lost = set()
    assert look_after(cloud.desk(), upload.id) == "second"
    assert cloud.leftovers.kept == {}
    key, version = first
    assert cloud.buckets.versions == {(HERE, key): {version: PDF}, (THERE, key): {version: PDF}}


def should_delete_a_second_file_that_came_before_the_first_was_done(cloud: Cloud, owner: User) -> None:
    """Nobody's message has to wait for it, and whoever finishes the first does not forget it."""
    upload = cloud.requested(owner)
    first = object_key(HERE, upload.id), "on its way"
    take_in(cloud.desk(), *first)
    second = arrive(cloud, upload)
    cloud.buckets.lost = {THERE}
    assert take_in(cloud.desk(), *second) == "later"
    assert look_after(cloud.desk(), upload.id) == "waiting"
    for region in (HERE, THERE):
        cloud.buckets.versions.setdefault((region, first[0]), {})[first[1]] = PDF
    assert take_in(cloud.desk(), *first) == "taken-in"
    assert look_after(cloud.desk(), upload.id) == "later"
    cloud.buckets.lost = set()
    assert look_after(cloud.desk(), upload.id) == "second"
    assert set(cloud.buckets.versions[THERE, first[0]]) == {first[1]}
    assert (cloud.leftovers.kept, cloud.uploads.uploads[upload.id].state) == ({}, "done")


def should_not_wait_for_a_first_file_that_never_comes_because_of_a_second(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    take_in(cloud.desk(), object_key(HERE, upload.id), "gone")
    second = arrive(cloud, upload)
    cloud.buckets.lost = {THERE}
    assert take_in(cloud.desk(), *second) == "later"
    cloud.buckets.lost = set()
    cloud.clock.advance(days=1)
    assert look_after(cloud.desk(), upload.id) == "abandoned"
    assert look_after(cloud.desk(), upload.id) == "nobodys"
    assert (cloud.leftovers.kept, cloud.buckets.versions) == ({}, {})


def should_delete_an_object_of_no_upload_when_the_lost_region_answers_again(
    cloud: Cloud, owner: User
) -> None:
    nobodys = any_upload(owner)
    arrived = arrive(cloud, nobodys)
    cloud.buckets.lost = {THERE}
    assert [take_in(cloud.desk(), *arrived) for _ in range(2)] == ["later", "later"]
    assert cloud.buckets.versions.keys() == {(THERE, arrived[0])}
    before = cloud.leftovers.kept[nobodys.id]
    assert look_after(cloud.desk(), nobodys.id) == "later"
    assert cloud.leftovers.kept[nobodys.id] == before
    cloud.buckets.lost = set()
    assert look_after(cloud.desk(), nobodys.id) == "nobodys"
    assert (cloud.leftovers.kept, cloud.buckets.versions) == ({}, {})
    assert look_after(cloud.desk(), nobodys.id) == "again"


def should_keep_the_file_of_who_asks_again_under_the_id_of_a_leftover(cloud: Cloud, owner: User) -> None:
    upload = any_upload(owner)
    cloud.buckets.lost = {THERE}
    assert take_in(cloud.desk(), *arrive(cloud, upload)) == "later"
    cloud.uploads.create(upload)
    cloud.buckets.lost = set()
    key, version = arrive(cloud, upload)
    assert take_in(cloud.desk(), key, version) == "taken-in"
    assert look_after(cloud.desk(), upload.id) == "second"
    assert set(cloud.buckets.versions[THERE, key]) == {version}


def should_not_forget_a_file_that_is_left_while_it_deletes_another(
    cloud: Cloud, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobodys = any_upload(owner)
    remember(cloud.leftovers, nobodys.id, START)

    def comes(*_: object) -> None:
        remember(cloud.leftovers, nobodys.id, cloud.clock.now)

    desk = cloud.desk()
    monkeypatch.setattr(type(desk.objects), "purge", comes)
    assert look_after(desk, nobodys.id) == "later"
    assert cloud.leftovers.kept[nobodys.id] == Leftover(id=nobodys.id, since=START, files=2, rev=2)


def should_go_on_to_look_after_an_upload_that_is_put_back_while_it_deletes(
    cloud: Cloud, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = cloud.requested(owner)
    seen = replace(upload, state="failed")
    cloud.uploads.uploads[upload.id] = seen
    cloud.clock.advance(hours=1)

    def is_put_back(*_: object) -> None:
        cloud.uploads.uploads[upload.id] = replace(upload, rev=2, look_at=cloud.clock.now)

    desk = cloud.desk()
    monkeypatch.setattr(type(desk.objects), "purge", is_put_back)
    look_after(desk, upload.id)
    assert look_at(cloud, upload) == cloud.clock.now


def should_remember_what_is_left_though_the_last_was_deleted_at_that_moment(cloud: Cloud) -> None:
    class Deleted(MemoryLeftovers):
        def create(self, thing: Leftover) -> None:
            if not self.kept and not asked:
                asked.append(thing)
                raise Conflict(thing)
            super().create(thing)

    asked: list[Leftover] = []
    leftovers = Deleted()
    remember(leftovers, "upl_1", START)
    assert leftovers.kept == {"upl_1": asked[0]}


def should_delete_the_file_of_who_was_purged_when_the_lost_region_answers_again(cloud: Cloud) -> None:
    upload = cloud.requested(any_user())
    arrived = arrive(cloud, upload)
    cloud.buckets.lost = {THERE}
    assert take_in(cloud.desk(), *arrived) == "later"
    cloud.clock.advance(days=1)
    assert look_after(cloud.desk(), upload.id) == "later"
    cloud.buckets.lost = set()
    assert look_after(cloud.desk(), upload.id) == "abandoned"
    assert cloud.buckets.versions == {}


def should_abandon_an_upload_when_the_lost_region_answers_again(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    cloud.clock.advance(days=1)
    cloud.buckets.lost = {THERE}
    assert look_after(cloud.desk(), upload.id) == "later"
    assert look_at(cloud, upload) == upload.look_at
    cloud.buckets.lost = set()
    assert look_after(cloud.desk(), upload.id) == "abandoned"


def should_not_even_read_what_is_too_large(
    cloud: Cloud, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = cloud.requested(owner)
    arrived = arrive(cloud, upload, b"\0" * (LARGEST + 1))
    desk = cloud.desk()
    monkeypatch.setattr(type(desk.objects), "read", None)
    assert take_in(desk, *arrived) == "refused"


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def should_let_the_first_of_several_objects_win_in_whatever_order(
    order: tuple[int, ...], cloud: Cloud, owner: User
) -> None:
    """Both regions' forms were used, one of them twice, and one event comes twice."""
    upload = cloud.requested(owner)
    arrived = [
        (HERE, *arrive(cloud, upload)),
        (HERE, *arrive(cloud, upload)),
        (THERE, *arrive(cloud, upload, region=THERE)),
    ]
    arrived.append(arrived[0])
    outcomes = [take_in(cloud.desk(arrived[one][0]), *arrived[one][1:]) for one in order]
    assert outcomes[0] == "taken-in"
    assert set(outcomes[1:]) <= {"second", "again"}
    kept = {key: set(versions) for key, versions in cloud.buckets.versions.items() if versions}
    _, key, version = arrived[order[0]]
    assert kept == {(HERE, key): {version}, (THERE, key): {version}}
    assert len(cloud.uploads.uploads[upload.id].outbox) == 1


class Died(BaseException):
    pass


def dying(cloud: Cloud, at: int) -> Any:
    """Lets whoever works die before the write with this number."""
    numbers = itertools.count()

    def wrap(write: Any) -> Any:
        def written(*arguments: Any) -> Any:
            if next(numbers) == at:
                raise Died
            return write(*arguments)

        return written

    store: Any = cloud.uploads
    users: Any = cloud.users.store
    objects: Any = type(cloud.buckets.seen_from(HERE))
    return wrap, store, users, objects


@pytest.mark.parametrize("content", [PDF, PDF[:-20]])
@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("finisher", [HERE, THERE])
def should_finish_what_somebody_died_over(
    at: int, content: bytes, finisher: str, cloud: Cloud, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = cloud.requested(owner, asked=replace(any_asked(), size=len(content)))
    arrived = arrive(cloud, upload, content)
    wrap, store, users, objects = dying(cloud, at)
    with monkeypatch.context() as patch:
        patch.setattr(store, "replace", wrap(store.replace))
        patch.setattr(users, "replace", wrap(users.replace))
        patch.setattr(objects, "purge", wrap(objects.purge))
        with pytest.raises(Died):
            take_in(cloud.desk(), *arrived)
    if finisher == HERE:
        take_in(cloud.desk(), *arrived)
    else:
        look_after(cloud.desk(THERE), upload.id)
        take_in(cloud.desk(), *arrived)
    done = cloud.uploads.uploads[upload.id]
    is_good = content == PDF
    assert (done.state, len(done.outbox)) == (("done", 1) if is_good else ("failed", 0))
    assert (document(cloud, owner) is not None) == is_good
    assert bool(cloud.buckets.versions) == is_good


def should_remove_an_object_that_belongs_to_no_upload(cloud: Cloud, owner: User) -> None:
    nobodys = any_upload(owner)
    arrived = arrive(cloud, nobodys)
    assert take_in(cloud.desk(), *arrived) == "nobodys"
    assert cloud.buckets.versions == {}


def should_remove_the_file_of_somebody_who_was_purged(cloud: Cloud) -> None:
    upload = cloud.requested(any_user())
    arrived = arrive(cloud, upload)
    assert take_in(cloud.desk(), *arrived) == "nobodys"
    assert cloud.buckets.versions == {}


def should_leave_an_upload_alone_whose_object_has_gone(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    assert take_in(cloud.desk(), object_key(HERE, upload.id), "v0") == "missing"
    assert cloud.uploads.uploads[upload.id].state == "working"


def should_let_the_newest_document_count_in_whatever_order(cloud: Cloud, owner: User) -> None:
    first = cloud.requested(owner)
    cloud.clock.advance(seconds=1)
    second = cloud.requested(owner)
    for upload in (second, first):
        assert take_in(cloud.desk(), *arrive(cloud, upload)) == "taken-in"
    found = document(cloud, owner)
    assert found and found.id == second.id
    assert cloud.uploads.uploads[first.id].state == "done"


def should_adopt_by_its_replica_what_a_lost_region_did_not_take_in(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    key, version = arrive(cloud, upload, region=THERE)
    assert look_after(cloud.desk(HERE), upload.id) == "taken-in"
    done = cloud.uploads.uploads[upload.id]
    assert done.stored and (done.stored.region, done.stored.key) == (HERE, key)
    # The lost region comes back and takes up its queue again.
    assert take_in(cloud.desk(THERE), key, version) == "again"


def should_adopt_only_the_version_that_was_claimed(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    key = object_key(THERE, upload.id)
    version = cloud.buckets.put(THERE, key, PDF, replicated=False)
    cloud.desk(THERE).objects.remove(key, version)
    assert take_in(cloud.desk(THERE), key, version) == "missing"
    other = cloud.buckets.put(THERE, key, PNG)
    assert look_after(cloud.desk(HERE), upload.id) == "waiting"
    assert take_in(cloud.desk(THERE), key, other) == "second"


def should_wait_twice_as_long_each_time_and_a_day_at_most(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    looks = []
    while upload.id in cloud.uploads.uploads:
        looks.append(cloud.uploads.uploads[upload.id].look_at)
        assert looks[-1]
        cloud.clock.now = looks[-1]
        outcome = look_after(cloud.desk(), upload.id)
    assert outcome == "abandoned"
    minutes = [(one - START) / timedelta(minutes=1) for one in looks if one]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440]


def should_look_again_in_a_minute_after_the_day_is_over() -> None:
    late = START + timedelta(days=2)
    assert next_look(START, late) == late + timedelta(minutes=1)


def should_abandon_nothing_that_a_lost_region_accepted(cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    key = object_key(THERE, upload.id)
    version = cloud.buckets.put(THERE, key, PDF, replicated=False)
    cloud.clock.advance(days=2)
    assert look_after(cloud.desk(HERE), upload.id) == "waiting"
    assert take_in(cloud.desk(THERE), key, version) == "taken-in"
    assert cloud.buckets.versions[THERE, key] == {version: PDF}


def should_abandon_nothing_that_was_taken_in_meanwhile(
    cloud: Cloud, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = cloud.requested(owner)
    cloud.clock.advance(days=1)
    desk = cloud.desk()

    def arrives_now(self: object, id: str) -> bool:
        cloud.uploads.uploads[id] = replace(upload, rev=upload.rev + 1, state="working")
        return False

    monkeypatch.setattr(type(desk.objects), "is_anywhere", arrives_now)
    assert look_after(desk, upload.id) == "waiting"
    assert cloud.uploads.uploads[upload.id].state == "working"


def should_look_no_more_after_an_upload_that_was_finished_meanwhile(
    cloud: Cloud, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = cloud.requested(owner)
    desk = cloud.desk()

    def finishes_now(*_: object) -> None:
        cloud.uploads.uploads[upload.id] = replace(upload, rev=2, state="done", look_at=None)

    monkeypatch.setattr(type(desk.objects), "look", finishes_now)
    assert look_after(desk, upload.id) == "waiting"
    assert look_at(cloud, upload) is None


def should_tell_once_of_a_file_that_two_take_in_at_the_same_moment(cloud: Cloud, owner: User) -> None:
    cloud.uploads = uploads = WatchedUploads()
    upload = cloud.requested(owner)
    arrived = arrive(cloud, upload)
    claim, finish = 1, 2

    def is_finished_by_another() -> None:
        cloud.clock.advance(seconds=1)
        take_in(cloud.desk(), *arrived)

    uploads.before[finish] = is_finished_by_another
    assert take_in(cloud.desk(), *arrived) == "taken-in"
    assert uploads.writes == claim + finish
    found = uploads.uploads[upload.id]
    assert (found.state, found.finished_at, len(found.outbox)) == ("done", cloud.clock.now, 1)


@pytest.mark.parametrize("state", ["done", "failed"])
def should_have_nothing_to_do_for_an_upload_that_is_over(state: Any, cloud: Cloud, owner: User) -> None:
    upload = cloud.requested(owner)
    cloud.uploads.uploads[upload.id] = replace(upload, state=state)
    assert look_after(cloud.desk(), upload.id) == "again"
    assert look_after(cloud.desk(), upload_id(owner.id, "never")) == "again"


def should_purge_all_that_somebody_has_sent_and_nothing_of_others(cloud: Cloud, owner: User) -> None:
    other = any_user()
    cloud.users.store.create(other)
    for person in (owner, other):
        for region in (HERE, THERE):
            upload = cloud.requested(person)
            take_in(cloud.desk(region), *arrive(cloud, upload, region=region))
    cloud.requested(owner)
    assert Uploads(store=cloud.uploads, objects=cloud.desk().objects).remove(owner.id)
    assert {one.owner for one in cloud.uploads.uploads.values()} == {other.id}
    assert {key for _, key in cloud.buckets.versions} == {
        one.stored.key for one in cloud.uploads.uploads.values() if one.stored
    }
    assert len(cloud.buckets.versions) == 4


def should_purge_some_at_once_and_say_when_none_is_left(cloud: Cloud, owner: User) -> None:
    for _ in range(AT_ONCE + 1):
        cloud.requested(owner)
    uploads = Uploads(store=cloud.uploads, objects=cloud.desk().objects)
    assert [uploads.remove(owner.id) for _ in range(3)] == [False, True, True]


def should_purge_again_what_changed_meanwhile(
    cloud: Cloud, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = cloud.requested(owner)
    objects = cloud.desk().objects
    uploads = Uploads(store=cloud.uploads, objects=objects)

    def changes(self: object, id: str) -> None:
        cloud.uploads.uploads[id] = replace(upload, rev=2)

    with monkeypatch.context() as patch:
        patch.setattr(type(objects), "purge", changes)
        assert not uploads.remove(owner.id)
    assert uploads.remove(owner.id)


def should_leave_to_the_next_time_what_a_bucket_does_not_answer(
    cloud: Cloud, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = cloud.requested(owner)
    desk = cloud.desk()

    def fails(*_: object) -> None:
        raise Refusal("unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.objects), "purge", fails)
        with pytest.raises(Refusal):
            Uploads(store=cloud.uploads, objects=desk.objects).remove(owner.id)
    assert upload.id in cloud.uploads.uploads
