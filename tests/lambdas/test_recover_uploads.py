"""Recovery of uploads from bad writes: what nobody meant is put back, and nothing that was purged."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from files.memory import MemoryStore
from files.model import Stored, Upload, object_key
from files.recover import ASKED, BECOME, Archive, recover_uploads
from files.store import KIND, DynamoStore
from files.take_in import look_after
from tests.lambdas.api import create_table
from tests.lambdas.builders import START, any_key, any_user
from tests.lambdas.files import HERE, PDF, Cloud, any_asked, any_upload
from users.earlier import DynamoEarlier
from users.errors import Refusal
from users.items import Conflict
from users.memory import MemoryEarlier
from users.model import User
from users.recover import Finding, Recovery


class Scene:
    """An upload and its owner as they were at the start, and a cloud in which an hour has passed."""

    def __init__(self, **changed: Any) -> None:
        self.cloud = Cloud()
        self.owner: User = any_user()
        self.was: Upload = replace(any_upload(self.owner), **changed)
        self.cloud.users.store.create(self.owner)
        self.cloud.uploads.create(self.was)
        self.cloud.clock.advance(hours=1)

    def now(self) -> Upload:
        return self.cloud.uploads.uploads[self.was.id]

    def write(self, **changed: Any) -> None:
        self.cloud.uploads.uploads[self.was.id] = replace(self.now(), **changed)

    def lose(self) -> None:
        del self.cloud.uploads.uploads[self.was.id]

    def archive(self) -> Archive:
        return Archive(
            store=self.cloud.uploads,
            owners=self.cloud.users,
            uploads=MemoryEarlier([self.was]),
            users=MemoryEarlier([self.owner]),
            recovery=Recovery(at=START),
        )

    def recover(self, *, dry_run: bool = False) -> Finding:
        [finding] = recover_uploads(self.archive(), limit=5, after=None, dry_run=dry_run).findings
        return finding


def done() -> Scene:
    return Scene(
        state="done",
        stored=Stored(region=HERE, key=f"uploads/{HERE}/any", version="v1"),
        finished_at=START,
        look_at=None,
    )


def should_put_back_what_is_gone_and_write_nothing_in_a_dry_run() -> None:
    scene = done()
    scene.lose()
    assert scene.recover(dry_run=True).verdict == "missing"
    assert scene.cloud.uploads.uploads == {}
    assert scene.recover().verdict == "missing"
    assert scene.now() == replace(scene.was, rev=2)
    assert scene.recover() == Finding(id=scene.was.id, verdict="same")


def should_take_in_at_once_what_was_not_over_when_it_is_back() -> None:
    scene = Scene()
    scene.lose()
    scene.cloud.buckets.put(HERE, object_key(HERE, scene.was.id), PDF)
    assert scene.recover().verdict == "missing"
    assert scene.now().look_at == scene.cloud.clock.now
    assert look_after(scene.cloud.desk(), scene.was.id) == "taken-in"


@pytest.mark.parametrize(
    ("bad", "back"),
    [
        ({"owner": "usr_another", "asked": any_asked(filename="bad.pdf")}, ("owner", "asked")),
        ({"state": "waiting", "stored": None, "finished_at": None}, ("state", "stored", "finished_at")),
        ({"state": "failed", "reason": "damaged"}, ("state", "reason")),
    ],
)
def should_put_back_what_never_changes(bad: dict[str, Any], back: tuple[str, ...]) -> None:
    scene = done()
    scene.write(**bad, rev=7)
    assert scene.recover() == Finding(id=scene.was.id, verdict="changed", back=back)
    assert scene.now() == replace(scene.was, rev=8)


def should_keep_what_has_become_of_an_upload_since() -> None:
    scene = Scene()
    stored = Stored(region=HERE, key="any", version="v1")
    scene.write(state="done", stored=stored, finished_at=scene.cloud.clock.now, rev=3)
    before = scene.now()
    finding = scene.recover()
    assert (finding.verdict, finding.kept) == ("newer", ("state", "stored", "finished_at"))
    assert scene.now() == before


def should_put_the_version_back_that_was_claimed() -> None:
    claimed = Stored(region=HERE, key="any", version="v1")
    scene = Scene(state="working", stored=claimed)
    scene.write(stored=replace(claimed, version="v2"))
    assert scene.recover().back == ("stored",)
    assert (scene.now().stored, scene.now().look_at) == (claimed, scene.cloud.clock.now)


def should_put_back_what_belongs_to_somebody_who_is_put_back_himself() -> None:
    """In a dry run he is not back yet."""
    scene = done()
    scene.lose()
    scene.cloud.users.store.remove(scene.owner)
    assert scene.recover(dry_run=True).verdict == "missing"


@pytest.mark.parametrize("owner", ["purged", "in no copy", "registered again", "about to be purged"])
def should_leave_erased_what_went_with_its_owners_account(owner: str) -> None:
    scene = done()
    scene.lose()
    scene.cloud.users.store.remove(scene.owner)
    if owner == "in no copy":
        scene.owner = any_user()
    elif owner == "registered again":
        scene.cloud.users.store.create(with_profile(scene.owner, registered_at=scene.cloud.clock.now))
    elif owner == "about to be purged":
        scene.cloud.users.store.create(with_profile(scene.owner, deleted_at=START - timedelta(days=30)))
    else:
        scene.cloud.clock.advance(days=30)
    assert scene.recover().verdict == "erased"
    assert scene.cloud.uploads.uploads == {}


def with_profile(user: User, **changed: Any) -> User:
    return replace(user, profile=replace(user.profile, **changed))


def should_judge_again_when_somebody_writes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = done()
    scene.write(state="failed")
    replaced = MemoryStore.replace

    def interrupted(store: MemoryStore, seen: Upload, becomes: Upload, key: str = "") -> None:
        monkeypatch.setattr(MemoryStore, "replace", replaced)
        scene.lose()
        store.replace(seen, becomes, key)

    monkeypatch.setattr(MemoryStore, "replace", interrupted)
    assert scene.recover().verdict == "missing"
    assert scene.now().state == "done"


def should_give_up_when_somebody_writes_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = done()
    scene.lose()

    def conflict(*_: object) -> None:
        raise Conflict(None)

    monkeypatch.setattr(MemoryStore, "create", conflict)
    with pytest.raises(Refusal) as refusal:
        scene.recover()
    assert refusal.value.code == "write-conflict"


def should_know_of_every_field_whether_it_is_put_back() -> None:
    """What is left out says what is to be done next, which is found anew."""
    assert {one.name for one in fields(Upload)} == {*ASKED, *BECOME, "id", "rev", "look_at", "outbox"}


def should_go_through_a_copy_of_the_table_and_name_what_cannot_be_read(aws: None) -> None:
    now, then = any_key(), any_key()
    client = create_table(now)
    create_table(then)
    scene = done()
    store, copy = DynamoStore(client, now), DynamoStore(client, then)
    lost, bad = scene.was, any_upload(scene.owner)
    for upload in (lost, bad):
        copy.create(upload)
    client.put_item(TableName=now, Item={"pk": {"S": bad.id}, "sk": {"S": "upload"}})
    client.put_item(TableName=then, Item={"pk": {"S": "upl_1"}, "sk": {"S": "upload"}})
    client.put_item(TableName=then, Item={"pk": {"S": "upl_2"}, "sk": {"S": "leftover"}})
    archive = replace(scene.archive(), store=store, uploads=DynamoEarlier(client, then, KIND))
    verdicts: dict[str, str] = {}
    after = None
    while True:
        page = recover_uploads(archive, limit=1, after=after, dry_run=False)
        verdicts |= {one.id: one.verdict for one in page.findings}
        if (after := page.more) is None:
            break
    assert verdicts == {lost.id: "missing", bad.id: "damaged", "upl_1": "damaged"}
    found = store.get(lost.id)
    assert found == replace(lost, rev=2)
