"""Files through the deployed whole: sent by a form, taken in, copied, adopted, refused, and gone for good."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.cloud import Cloud
from tests.lambdas.files import JPEG, PNG
from tests.local.client import Client
from tests.local.invoking import sweep
from tests.local.mail import mail_to
from tests.local.people import any_key, any_registered
from tests.local.sending import PDF, Storage, ask, post, shown
from tests.tiers import first
from tests.waiting import eventually
from twinhull.ops.main import main

OVER = ("done", "failed")


@pytest.fixture(scope="module")
def storage(cloud: Cloud) -> Storage:
    return Storage(cloud)


def follow(location: str) -> "tuple[Client, str]":
    address = urlsplit(location)
    return Client(f"{address.scheme}://{address.netloc}"), f"{address.path}?{address.query}"


@pytest.mark.parametrize("place", first([0, 1]), ids=["primary", "secondary"])
def should_take_in_what_is_sent_to_either_region_and_copy_it(
    cloud: Cloud, storage: Storage, place: int
) -> None:
    region, peer = cloud.regions[place], cloud.regions[1 - place]
    person = any_registered(cloud.edge)
    asked = ask(person.client, filename="护照.pdf", headers={"x-avoid-region": peer})
    assert (asked.status, asked.headers["x-served-region"]) == (201, region)
    id, form = asked.json()["id"], asked.json()["upload"]
    sent = post(form)
    assert sent.status == 201, sent.text
    upload = shown(person.client, id, *OVER)
    assert (upload["state"], upload["filename"]) == ("done", "护照.pdf")
    assert person.client("GET", "/api/v1/users/me").json()["document"] == id
    mine = storage.versions(region, id)
    assert len(mine) == 1
    assert eventually(lambda: storage.versions(peer, id), lambda found: found != set()) == mine
    for avoided in (region, peer):
        led = person.client("GET", f"/api/v1/uploads/{id}/file", headers={"x-avoid-region": avoided})
        assert led.status == 302
        client, address = follow(led.headers["location"])
        file = client("GET", address)
        assert (file.status, file.body) == (200, PDF)
        assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E6%8A%A4")
        # Nobody else learns of it, not even with the address of another file.
        assert client("GET", address.replace(id, "upl_" + "0" * 36)).status == 403
    # The copy's arrival was an event too, which nobody listens to.
    assert storage.waiting(peer) == 0


def should_end_in_the_other_region_under_the_same_id_when_one_is_lost(cloud: Cloud, storage: Storage) -> None:
    primary, secondary = cloud.regions
    person, key = any_registered(cloud.edge), any_key()
    first = ask(person.client, key=key, headers={"x-avoid-region": secondary}).json()
    with cloud.region(primary, "refuse"):
        again = ask(person.client, key=key, headers={"x-avoid-region": primary}).json()
        assert again["id"] == first["id"]
        assert again["upload"]["url"] != first["upload"]["url"]
        assert post(again["upload"]).status == 201
        assert shown(person.client, first["id"], *OVER)["state"] == "done"
    # The lost region's form is still there, and somebody uses it.
    assert post(first["upload"]).status == 201
    eventually(lambda: storage.waiting(primary), lambda count: count == 0)
    (kept,) = eventually(lambda: storage.versions(primary, first["id"]), lambda found: len(found) == 1)
    assert kept[0].startswith(f"uploads/{secondary}/")


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (PDF, "application/pdf", None),
        (PNG, "image/png", None),
        (JPEG, "image/jpeg", None),
        (PNG, "application/pdf", "wrong-type"),
        (b"<!doctype html><script>alert(1)</script>", "application/pdf", "wrong-type"),
        (PNG[:-9], "image/png", "damaged"),
    ],
)
def should_judge_a_file_by_what_is_in_it(
    cloud: Cloud, storage: Storage, content: bytes, kind: str, reason: str | None
) -> None:
    person = any_registered(cloud.edge)
    asked = ask(person.client, content, content_type=kind, filename="passport.pdf").json()
    assert post(asked["upload"], content).status == 201
    upload = shown(person.client, asked["id"], *OVER)
    assert upload.get("reason", {}).get("code") == reason
    if reason:
        gone = [storage.versions(region, asked["id"]) for region in cloud.regions]
        assert gone == [set(), set()]
        assert "document" not in person.client("GET", "/api/v1/users/me").json()


def should_accept_by_a_form_only_what_it_is_for(cloud: Cloud, storage: Storage) -> None:
    person = any_registered(cloud.edge)
    asked = ask(person.client).json()
    form, other = asked["upload"], ask(person.client).json()
    assert post(form, PDF + b"x").status == 400
    assert post(form, b"").status == 400
    assert post(form, changed={"Content-Type": "text/html"}).status == 403
    assert post(form, changed={"key": other["upload"]["fields"]["key"]}).status == 403
    unsigned = {name: value for name, value in form["fields"].items() if name == "key"}
    assert post({**form, "fields": unsigned}).status == 403
    assert storage.versions(cloud.regions[0], asked["id"]) == set()
    assert shown(person.client, asked["id"], "waiting")


def should_keep_the_first_file_when_a_form_is_used_twice(cloud: Cloud, storage: Storage) -> None:
    person, key = any_registered(cloud.edge), any_key()
    asked = ask(person.client, key=key).json()
    assert post(asked["upload"]).status == 201
    assert shown(person.client, asked["id"], *OVER)["state"] == "done"
    (first,) = storage.versions(cloud.regions[0], asked["id"])
    assert post(asked["upload"], PDF[::-1]).status == 201
    for region in cloud.regions:
        found = eventually(
            lambda region=region: storage.versions(region, asked["id"]),  # type: ignore[misc]
            lambda versions: len(versions) == 1,
        )
        assert found == {first}
    assert ask(person.client, key=key).json() == {"id": asked["id"]}


def should_adopt_what_a_lost_region_accepted_and_did_not_take_in(cloud: Cloud, storage: Storage) -> None:
    primary, secondary = cloud.regions
    person = any_registered(cloud.edge)
    with stopped(storage, primary):
        asked = ask(person.client, headers={"x-avoid-region": secondary}).json()
        assert post(asked["upload"]).status == 201
        eventually(lambda: storage.versions(secondary, asked["id"]), lambda found: len(found) == 1)
        with cloud.region(primary, "refuse"):
            assert shown(person.client, asked["id"], "waiting")
            storage.change(asked["id"], due_at=ago(minutes=6))
            sweep(cloud, secondary)
            assert shown(person.client, asked["id"], *OVER)["state"] == "done"
            led = person.client("GET", f"/api/v1/uploads/{asked['id']}/file")
            client, address = follow(led.headers["location"])
            assert client("GET", address).body == PDF
    # It comes back and works its queue off: that changes nothing.
    eventually(lambda: storage.waiting(primary), lambda count: count == 0)
    assert shown(person.client, asked["id"], *OVER)["state"] == "done"
    assert len(storage.versions(primary, asked["id"])) == 1


def should_lead_to_the_other_regions_file_until_its_copy_is_there(cloud: Cloud, storage: Storage) -> None:
    region, peer = cloud.regions
    person = any_registered(cloud.edge)
    asked = ask(person.client, headers={"x-avoid-region": peer}).json()
    assert post(asked["upload"]).status == 201
    assert shown(person.client, asked["id"], *OVER)["state"] == "done"
    [(key, version)] = eventually(lambda: storage.versions(peer, asked["id"]), lambda found: len(found) == 1)
    # As if it had not been copied yet.
    storage.client("s3", peer).delete_object(Bucket=storage.bucket(peer), Key=key, VersionId=version)
    led = person.client("GET", f"/api/v1/uploads/{asked['id']}/file", headers={"x-avoid-region": region})
    assert (led.status, led.headers["x-served-region"]) == (302, peer)
    client, address = follow(led.headers["location"])
    assert urlsplit(client.url).port == urlsplit(cloud.origins[region].url).port
    assert client("GET", address).body == PDF


def should_list_ones_own_uploads_and_everybodys_to_administrators(cloud: Cloud) -> None:
    person = any_registered(cloud.edge)
    mine = [ask(person.client).json()["id"] for _ in range(2)]

    def listed(client: Client, query: str = "") -> list[str]:
        return [upload["id"] for upload in client("GET", f"/api/v1/uploads{query}").json()["items"]]

    assert eventually(lambda: listed(person.client), lambda found: len(found) == 2) == mine[::-1]
    assert listed(any_registered(cloud.edge).client) == []
    assert listed(cloud.as_admin)[:2] == mine[::-1]
    assert not set(listed(cloud.as_admin, "?owner=me")) & set(mine)


def should_take_in_what_a_lost_region_accepted_and_did_not_copy_when_it_is_back(
    cloud: Cloud, storage: Storage
) -> None:
    primary, secondary = cloud.regions
    for _ in range(5):
        person = any_registered(cloud.edge)
        asked = ask(person.client, headers={"x-avoid-region": secondary}).json()
        with stopped(storage, primary):
            assert post(asked["upload"]).status == 201
            cloud.put_region(primary, "refuse")
        try:
            if storage.versions(secondary, asked["id"]):
                continue  # the copy was faster than this machine
            sent = storage.versions(primary, asked["id"])
            # The other region looks after it, finds nothing, and forgets nothing.
            storage.change(asked["id"], due_at=ago(minutes=6))
            sweep(cloud, secondary)
            eventually(lambda: storage.waiting(secondary), lambda count: count == 0)
            assert shown(person.client, asked["id"], "waiting")
            assert storage.versions(secondary, asked["id"]) == set()
            break
        finally:
            cloud.put_region(primary, "up")
    else:
        pytest.fail("the copy was faster each time")
    assert shown(person.client, asked["id"], *OVER)["state"] == "done"
    assert person.client("GET", "/api/v1/users/me").json()["document"] == asked["id"]
    copied = eventually(lambda: storage.versions(secondary, asked["id"]), lambda found: found != set())
    assert copied == storage.versions(primary, asked["id"]) == sent
    assert mail_to(cloud, person.email, "Your document has arrived")
    assert storage.waiting(primary, dead=True) == 0


def should_delete_a_second_file_in_a_lost_region_when_that_is_back(cloud: Cloud, storage: Storage) -> None:
    primary, secondary = cloud.regions
    person = any_registered(cloud.edge)
    asked = ask(person.client, headers={"x-avoid-region": secondary}).json()
    id = asked["id"]
    assert post(asked["upload"]).status == 201
    assert shown(person.client, id, *OVER)["state"] == "done"
    kept = eventually(lambda: storage.versions(secondary, id), lambda found: len(found) == 1)
    with cloud.region(secondary, "refuse"):
        # As if it had been copied just before.
        storage.leave_behind(secondary, id)
        assert post(asked["upload"]).status == 201
        assert eventually(lambda: storage.versions(primary, id), lambda found: found == kept)
        eventually(lambda: storage.waiting(primary), lambda count: count == 0)
        assert storage.waiting(primary, dead=True) == 0
        assert len(storage.versions(secondary, id)) == 3
    storage.change(id, sk="leftover", due_at=ago(minutes=2))
    sweep(cloud, primary)
    assert eventually(lambda: storage.versions(secondary, id), lambda found: found == kept)


def ago(**time: float) -> str:
    """A moment so long ago, as items hold it."""
    return f"{datetime.now(UTC) - timedelta(**time):%Y-%m-%dT%H:%M:%S}.000Z"


@contextmanager
def stopped(storage: Storage, region: str) -> Iterator[None]:
    """Nobody works a region's queue off."""
    functions = storage.client("lambda", region)
    queue = storage.queue(region).rpartition("/")[2]
    (mapping,) = (
        one["UUID"]
        for one in functions.list_event_source_mappings()["EventSourceMappings"]
        if one["EventSourceArn"].endswith(f":{queue}")
    )
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=mapping, Enabled=True)


def should_lay_what_fails_aside_and_take_it_in_when_it_is_sent_back(cloud: Cloud, storage: Storage) -> None:
    primary, secondary = cloud.regions
    person = any_registered(cloud.edge)
    asked = ask(person.client, headers={"x-avoid-region": secondary}).json()
    created_at = shown(person.client, asked["id"], "waiting")["created_at"]
    # Nobody can read the item, as after a bad write.
    storage.change(asked["id"], created_at="some day")
    sqs, queue = storage.client("sqs", primary), storage.queue(primary)
    try:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
        assert post(asked["upload"]).status == 201
        assert eventually(lambda: storage.waiting(primary, dead=True), lambda count: count == 1)
        assert storage.waiting(primary) == 0
    finally:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "60"})
    storage.change(asked["id"], created_at=created_at)
    options = ["--name", "twinhull", "--local", "--port", str(cloud.port)]
    assert main([*options, "redrive", "arrivals", "--yes"]) == 0
    assert shown(person.client, asked["id"], *OVER)["state"] == "done"
    assert storage.waiting(primary, dead=True) == 0


def should_remove_what_nobody_sent_for_a_day(cloud: Cloud, storage: Storage) -> None:
    person = any_registered(cloud.edge)
    asked = ask(person.client).json()
    primary, secondary = cloud.regions
    storage.change(asked["id"], due_at=ago(minutes=2))
    sweep(cloud, primary)
    eventually(lambda: storage.waiting(primary), lambda count: count == 0)
    assert shown(person.client, asked["id"], "waiting")
    storage.change(asked["id"], created_at=ago(days=1, minutes=1), due_at=ago(minutes=6))
    sweep(cloud, secondary)
    gone = eventually(
        lambda: person.client("GET", f"/api/v1/uploads/{asked['id']}").status, lambda status: status == 404
    )
    assert gone == 404
    # Its form still works for a while, and what it sends is removed at once.
    assert post(asked["upload"]).status == 201
    for region in cloud.regions:
        eventually(
            lambda region=region: storage.versions(region, asked["id"]),  # type: ignore[misc]
            lambda found: found == set(),
        )


def should_let_a_page_send_files_and_tell_it_how_that_went(cloud: Cloud) -> None:
    """A browser asks before it sends from another address, and reads only what the bucket allows."""
    person = any_registered(cloud.edge)
    form = ask(person.client).json()["upload"]
    client, path = follow(form["url"])
    asks = {"origin": cloud.url, "access-control-request-method": "POST"}
    allowed = client("OPTIONS", path.rstrip("?"), headers=asks)
    assert (allowed.status, allowed.headers["access-control-allow-origin"]) == (200, "*")
    asks["access-control-request-method"] = "DELETE"
    assert client("OPTIONS", path.rstrip("?"), headers=asks).status == 403
    policy = cloud.edge("GET", "/en/").headers["content-security-policy"]
    (connections,) = (one for one in policy.split("; ") if one.startswith("connect-src "))
    assert form["url"] in connections.split()
