"""Record what release 0.1.0 writes, signs and sends, and the functions' own code.

Runs only with the code of that release: ``PYTHONPATH=.:lambdas .venv/bin/python -m tests.compat.record``.
Forty days in the life of the application pass on a stopped clock, through the functions alone; then each call
that a later release has to serve as well is made once, over the items as they were left.
"""

import base64
import hashlib
import io
import json
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError

from stacks.code import LAMBDAS, ROOT, function_package, generated
from tests.compat.today import FUNCTIONS, Today, first_party
from tests.compat.world import CONTEXT, Recording, World, key_of, stopped_at
from tests.lambdas.api import ENVIRONMENT, HOST, ORIGIN, PEER, REGION, TABLE, THROTTLES, Person, Reply
from tests.lambdas.files import PDF

RELEASE: Final = "0.1.0"
FOLDER: Final = Path(__file__).parent / f"v{RELEASE.replace('.', '_')}"
NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)
COPY: Final = f"recorded-{TABLE}-at-20261127T120000Z"
NAMES: Final = {
    "TABLE_NAME": f"recorded-{TABLE}",
    "THROTTLES_TABLE": f"recorded-{THROTTLES}",
    "EARLIER_TABLES": f"recorded-{TABLE}-at-",
    "KEYS_SECRET": "recorded/keys",
    "ORIGIN_SECRET": "recorded/origin",
    "PAGE_PARAMETER": "/recorded/page",
    "NOTIFIER_QUEUE": f"https://sqs.{REGION}.amazonaws.com/123456789012/recorded-notices",
    "ARRIVALS_QUEUE": f"https://sqs.{REGION}.amazonaws.com/123456789012/recorded-arrivals",
    "UPLOADS_BUCKET": f"recorded-uploads-{REGION}",
    "PEER_UPLOADS_BUCKET": f"recorded-uploads-{PEER}",
    "SENDER": "recorded@example.com",
    "CONFIGURATION_SET": "recorded",
}
PEOPLE: Final = (
    "carol",
    "dan",
    "erin",
    "frank",
    "gina",
    "hugo",
    "iris",
    "jack",
    "kim",
    "nina",
    "quin",
    "uma",
)
LISTS: Final = [
    {"state": state, "sort": sort}
    for state in ("active", "deleted")
    for sort in ("-registered_at", "name", "email")
] + [{"q": "person"}, {"q": "person", "sort": "name"}]


class Killed(BaseException):
    """The process ends here."""


class Story:
    """What people, the emulated AWS and bad luck do, until `NOW`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.today = Today(world)
        self.people: dict[str, Person] = {}
        self.heard: list[dict[str, Any]] = []
        self.sessions: dict[str, dict[str, str]] = {}
        self.cursors: list[tuple[str, str, dict[str, str]]] = []
        self.repeated: dict[str, tuple[str, Any]] = {}

    @property
    def realm(self) -> Any:
        """What the accounts function works with."""
        return realm_of(self.today)

    @contextmanager
    def ago(self, **duration: float) -> Iterator[None]:
        """Do something so long before `NOW`."""
        with stopped_at((NOW - timedelta(**duration)).isoformat()):
            yield

    def call(self, method: str, path: str, body: Any = None, *, status: int, **more: Any) -> Reply:
        """Send a request that must have this status."""
        reply = self.today.api(method, path, body, **more)
        assert reply.status == status, reply
        return reply

    def keyed(self, name: str, by: str | None, method: str, path: str, body: Any, *, status: int) -> Reply:
        """Send a write with a key, to be repeated at the end."""
        person = self.people[by] if by else None
        reply = self.call(method, path, body, status=status, by=person, key=f"key-{name}")
        self.repeated[name] = (by or "", (method, path, body))
        return reply

    def register(self, name: str, /, *, key: bool = False, **fields: str) -> Person:
        """Register somebody and log in."""
        email = fields.get("email", f"person.{name}@example.com")
        body = {
            "email": email,
            "password": f"correct horse {name}",
            "name": f"Person {name.title()}",
            **fields,
        }
        if key:
            created = self.keyed(f"register-{name}", None, "POST", "/users", body, status=201)
        else:
            created = self.call("POST", "/users", body, status=201)
        person = Person(
            id=created.json["id"],
            email=created.json["email"],
            password=body["password"],
            token="",
            name=body["name"],
        )
        self.people[name] = person
        return self.log_in(name)

    def log_in(self, name: str) -> Person:
        """Give somebody a token of now."""
        person = self.people[name]
        reply = self.today.api.log_in(person.email, person.password)
        assert reply.status == 201, reply
        self.people[name] = replace(person, token=reply.json["token"])
        self.sessions[name] = {"authorization": f"Bearer {reply.json['token']}"}
        self.sessions[f"{name}-cookie"] = {"cookie": reply.headers["set-cookie"].partition(";")[0]}
        return self.people[name]

    def path(self, name: str, more: str = "") -> str:
        return f"/users/{self.people[name].id}{more}"

    def follow(self, name: str, kind: str, **body: str) -> None:
        """Follow the link in a notice that waits."""
        user = self.realm.store.get(self.people[name].id)
        [notice] = [each for each in user.outbox.values() if each.kind == kind]
        token = self.realm.tokens.make(user.id, notice.id, notice.kid)
        self.call("PUT", f"/password-links/{token}", body, status=204)

    def deliver(self) -> None:
        """Let the notifier work off its queue."""
        for body in self.world.received("NOTIFIER_QUEUE"):
            self.heard.append(body)
            self.notify(body)

    def hear(self) -> list[Any]:
        """Take what was sent to the notifier, which does not get it."""
        bodies = self.world.received("NOTIFIER_QUEUE")
        self.heard.extend(bodies)
        return bodies

    def notify(self, body: Any) -> None:
        assert self.today.handlers["notifier"](batch(body), CONTEXT) == {"batchItemFailures": []}

    def upload(
        self, name: str, number: int, content_type: str = "application/pdf", size: int = len(PDF)
    ) -> str:
        body = {
            "kind": "document",
            "filename": f"护照 {number}.pdf",
            "content_type": content_type,
            "size": size,
        }
        return str(self.keyed(f"upload-{number}", name, "POST", "/uploads", body, status=201).json["id"])

    def arrival(self, id: str, content: bytes = PDF, *, lost: bool = False) -> dict[str, Any]:
        """Put a file and return S3's event; a lost one is not there any more when it comes."""
        s3, bucket, key = self.world.client("s3"), self.world.buckets[REGION], f"uploads/{REGION}/{id}"
        put = s3.put_object(Bucket=bucket, Key=key, Body=content)
        if lost:
            s3.delete_object(Bucket=bucket, Key=key, VersionId=put["VersionId"])
        return arrival(bucket, key, put, len(content))

    def take_in(self, event: Any) -> None:
        assert self.today.handlers["intake"](batch(event), CONTEXT) == {"batchItemFailures": []}


def realm_of(today: Today) -> Any:
    """Return what the accounts function works with."""
    accounts: Any = today.handlers["accounts"]
    return accounts._services.realm


def batch(*bodies: object) -> dict[str, Any]:
    """Return what an event source mapping makes of messages."""
    return {
        "Records": [
            {
                "messageId": f"00000000-0000-4000-8000-{number:012}",
                "body": json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
            }
            for number, body in enumerate(bodies)
        ]
    }


def arrival(bucket: str, key: str, put: Mapping[str, Any], size: int) -> dict[str, Any]:
    """Return the event of a new object.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    return {
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": {
                "key": key,
                "size": size,
                "etag": put["ETag"].strip('"'),
                "version-id": put["VersionId"],
                "sequencer": "617f08299329d189",
            },
            "request-id": "N4N7GDK58NMKJ12R",
            "requester": "123456789012",
            "source-ip-address": "192.0.2.1",
            "reason": "PostObject",
        },
    }


def scheduled() -> dict[str, Any]:
    """Return what EventBridge sends by a schedule.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
    """
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:123456789012:rule/recorded"],
        "detail": {},
    }


@contextmanager
def failing(operation: str, fault: BaseException, bucket: str = "") -> Iterator[None]:
    """Let an operation of AWS fail, that on one bucket if one is named, whose operation does not matter."""
    made = BaseClient._make_api_call  # type: ignore[attr-defined]

    def make(client: Any, name: str, parameters: Mapping[str, Any]) -> Any:
        if name == operation or (bucket and parameters.get("Bucket") == bucket):
            raise fault
        return made(client, name, parameters)

    with mock.patch.object(BaseClient, "_make_api_call", make):
        yield


def tell(story: Story) -> None:
    """Let forty days pass."""
    first_weeks(story)
    last_week(story)
    last_day(story)
    last_hours(story)
    last_minutes(story)


def first_weeks(story: Story) -> None:
    with story.ago(days=40):
        for name in ("ada", "grace", "leo", "oleg"):
            story.register(name)
        story.follow("ada", "welcome")
        assert story.today.handlers["operator"](
            {"do": "appoint", "email": "person.ada@example.com"}, CONTEXT
        )["ok"]
        story.deliver()
    with story.ago(days=31):
        story.call("DELETE", "/users/me", status=204, by=story.log_in("leo"))
        story.deliver()
    with story.ago(days=20):
        for name in PEOPLE:
            story.register(name)
        story.register("mei", email="mei@bücher.example", name="王小明，" * 50, locale="zh-CN")
        for name in ("carol", "hugo", "quin"):
            story.follow(name, "welcome")
        story.deliver()


def last_week(story: Story) -> None:
    with story.ago(days=7):
        for name in ("dan", "gina", "uma"):
            story.call("DELETE", "/users/me", status=204, by=story.log_in(name))
        story.follow("gina", "deleted")
        story.hear()
    with story.ago(days=5):
        again = {"email": "person.uma@example.com", "password": "somebody else's", "name": "Another"}
        story.call("POST", "/users", again, status=409)
        story.call("POST", "/password-links", {"email": "person.hugo@example.com"}, status=202)
        story.follow("hugo", "reset", new_password=story.people["hugo"].password)
        story.hear()
    with story.ago(days=4):
        ada = story.log_in("ada")
        for name, role in (("grace", "admin"), ("oleg", "admin"), ("oleg", "user")):
            story.call("PUT", story.path(name, "/role"), {"role": role}, status=200, by=ada)
        story.log_in("quin")
        story.take_in(story.arrival(story.upload("quin", 11)))
        story.deliver()
    with story.ago(days=3):
        client = story.world.client("dynamodb")
        for item in story.world.items():
            client.put_item(TableName=COPY, Item=item)
    with story.ago(days=2):
        story.register("bob", locale="zh-CN")
        invite(story, story.register("mona"))
        register_elsewhere(story, "pia")
        story.hear()


def invite(story: Story, person: Person) -> None:
    """Send an invitation: no route of this release does, but its links are known to it."""
    links, change, times = (import_module(each) for each in ("users.links", "users.change", "notices.times"))
    realm = story.realm

    def invited(user: Any) -> Any:
        return links.send_link(user, realm.tokens, "invitation", "invitation", times.now())

    change.revise(realm, person.id, invited)


def register_elsewhere(story: Story, name: str) -> None:
    """Register somebody in the other Region; moto keeps the tables of Regions apart."""
    store = story.realm.store
    store._region = PEER
    story.register(name)
    store._region = REGION


def last_day(story: Story) -> None:
    with story.ago(days=1):
        walk(story, "ada")
    with story.ago(hours=20):
        story.log_in("ada")
        story.keyed("delete-erin", "ada", "DELETE", story.path("erin"), None, status=204)
        story.call("DELETE", story.path("frank"), status=204, by=story.people["ada"])
        story.keyed("restore-frank", "ada", "POST", story.path("frank", "/restore"), None, status=200)
        story.keyed("role-grace", "ada", "PUT", story.path("grace", "/role"), {"role": "admin"}, status=200)
        kim = story.log_in("kim")
        for number in range(52):
            story.call("PATCH", "/users/me", {"name": f"Person Kim {number}"}, status=200, by=kim)
        for number in range(16):
            edit = {"locale": ("en", "zh-CN")[number % 2]}
            story.keyed(f"edit-{number}", "kim", "PATCH", "/users/me", edit, status=200)
        story.hear()


def last_hours(story: Story) -> None:
    with story.ago(hours=4):
        files_arrive(story)
    with story.ago(hours=3):
        for body in (
            feedback("Bounce", "person.iris@example.com"),
            feedback("Complaint", "person.jack@example.com"),
        ):
            story.heard.append(body)
            story.notify(body)
    with story.ago(hours=2):
        copy_is_recovered(story)


def walk_uploads(story: Story) -> None:
    for name in ("quin", "ada"):
        reply = story.call("GET", "/uploads", status=200, by=story.people[name], query={"limit": "3"})
        story.cursors.append((name, "/uploads", {"limit": "3", "cursor": reply.json["next_cursor"]}))


def walk(story: Story, name: str) -> None:
    """Note the cursor after the first page of each list."""
    person = story.log_in(name)
    for query in LISTS:
        reply = story.call("GET", "/users", status=200, by=person, query={**query, "limit": "2"})
        assert reply.json["next_cursor"], query
        story.cursors.append((name, "/users", {**query, "limit": "2", "cursor": reply.json["next_cursor"]}))


def mail_fails(story: Story) -> None:
    throttled = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "SendEmail")
    for name, fault in (("sam", throttled), ("tess", Killed())):
        story.register(name)
        [body] = story.hear()
        with failing("SendEmail", fault), suppress(Killed):
            story.notify(body)


def feedback(kind: str, email: str) -> dict[str, Any]:
    """Return what SES publishes.

    https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    """
    mail = {
        "timestamp": f"{NOW:%Y-%m-%dT%H:%M:%S.000Z}",
        "messageId": "EXAMPLE7c191be45",
        "destination": [email],
    }
    if kind == "Bounce":
        detail: dict[str, Any] = {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": email, "action": "failed", "status": "5.1.1"}],
        }
    else:
        detail = {"complainedRecipients": [{"emailAddress": email}], "complaintFeedbackType": "abuse"}
    return {"eventType": kind, kind.lower(): detail, "mail": mail}


def copy_is_recovered(story: Story) -> None:
    story.world.put({**item_of(story, "nina"), "name": {"S": "?????"}, "name_key": {"S": "?????"}})
    recover(lambda event: story.today.handlers["operator"](event, CONTEXT), "recover", dry_run=False)
    assert item_of(story, "nina")["name"]["S"] == "Person Nina"
    # Something is left for the recorded calls to put back.
    story.world.put({**item_of(story, "mei"), "locale": {"S": "en"}})


def recover(call: Callable[[dict[str, Any]], Any], do: str, *, dry_run: bool) -> None:
    """Compare page after page with the copy, as `twinhull restore-users` does."""
    at = (NOW - timedelta(days=3)).isoformat()
    event: dict[str, Any] = {
        "do": do,
        "table": COPY,
        "at": at,
        "undo": [],
        "by": None,
        "dry_run": dry_run,
        "after": None,
    }
    while True:
        answer = call(event)
        assert answer["ok"], answer
        if answer["more"] is None:
            return
        event = {**event, "after": answer["more"]}


def item_of(story: Story, name: str) -> dict[str, Any]:
    [item] = [each for each in story.world.items() if each["pk"]["S"] == story.people[name].id]
    return item


def files_arrive(story: Story) -> None:
    story.log_in("quin")
    story.take_in(story.arrival(story.upload("quin", 0)))
    story.deliver()
    story.take_in(story.arrival(story.upload("quin", 1)))
    story.take_in(story.arrival(story.upload("quin", 2), lost=True))
    for number, content in enumerate((b"", b"x" * (10 * 2**20 + 1), PDF + b"x", b"x" * len(PDF), PDF[:40])):
        size = len(content) if number in (3, 4) else len(PDF)
        story.take_in(story.arrival(story.upload("quin", number + 3, size=size), content))
    with failing("", EndpointConnectionError(endpoint_url="https://any"), story.world.buckets[PEER]):
        story.take_in(story.arrival(story.upload("quin", 8), b"y" * len(PDF)))
        for _ in range(2):
            story.take_in(story.arrival("upl_d3d81c71-11cd-54f7-ae94-d63e8ea040b4"))
    story.hear()


def last_minutes(story: Story) -> None:
    with story.ago(minutes=30):
        assert story.today.handlers["key_rotation"](scheduled(), CONTEXT) == {"step": "add"}
    with story.ago(minutes=20):
        story.call("POST", "/password-links", {"email": "person.hugo@example.com"}, status=202)
    with story.ago(minutes=19):
        story.log_in("carol")
    with story.ago(minutes=14):
        for name in ("gina", "grace"):
            story.log_in(name)
    with story.ago(minutes=12):
        assert story.today.handlers["key_rotation"](scheduled(), CONTEXT) == {"step": "sign"}
        # Environments that start now know the new key.
        story.today = Today(story.world)
    with story.ago(minutes=8):
        renewed = story.call("GET", "/users/me", status=200, headers=story.sessions["carol-cookie"])
        story.sessions["carol-renewed-cookie"] = {"cookie": renewed.headers["set-cookie"].partition(";")[0]}
        story.log_in("jack")
    with story.ago(minutes=6):
        frank = story.log_in("frank")
        change = {"current_password": frank.password, "new_password": "another correct horse"}
        reply = story.keyed("password-frank", "frank", "PUT", "/users/me/password", change, status=204)
        story.people["frank"] = replace(frank, password=change["new_password"])
        story.sessions["frank-cookie"] = {"cookie": reply.headers["set-cookie"].partition(";")[0]}
    with story.ago(minutes=5):
        walk(story, "ada")
        story.register("rosa", key=True)
        story.log_in("kim")
        story.log_in("quin")
        story.arrival(story.upload("quin", 9))
        story.upload("quin", 10, "image/png", 9)
        walk_uploads(story)
        story.hear()
    with story.ago(seconds=50):
        client = story.world.client("dynamodb")
        import_module("twinhull.watchdog.handler").write(client, story.world.table, REGION)
        ability = import_module("twinhull.ops.ability")
        region = SimpleNamespace(name=PEER, table=story.world.table)
        assert ability._writes(SimpleNamespace(client=lambda *_: client), region).ok
    with story.ago(seconds=30):
        mail_fails(story)
    with story.ago(milliseconds=500):
        for _ in range(5):
            story.today.api.log_in(story.people["mei"].email, "not the password")
        story.today.api.log_in(story.people["oleg"].email, "not the password")


class Recorder:
    """Makes each recorded call over the items as the story left them, and writes the files."""

    def __init__(self, story: Story, recording: Recording, world: World) -> None:
        self.story = story
        self.recording = recording
        self.world = world
        self.today = Today(world)
        self.sent: list[tuple[str, Any]] = []
        apps = {name: partial(self._send, name) for name in FUNCTIONS}
        self.api = replace(self.today.api, apps=apps)

    def _send(self, function: str, event: Any, context: Any) -> Any:
        self.sent.append((function, event))
        return self.today.handlers[function](event, context)

    def request(self, name: str, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """Record a request and its answer."""
        with stopped_at(NOW.isoformat()):
            self.api(method, path, body, **more)
        function, event = self.sent.pop()
        self.world.restore()
        return self.call(name, function, event)

    def call(self, name: str, function: str, event: Any) -> dict[str, Any]:
        """Record a call and its result."""
        exchange = self.world.play(self.today.handlers[function], name, function, event, NOW.isoformat())
        self.world.restore()
        return vars(exchange)

    def write(self) -> None:
        ada = self.story.people["ada"]
        users = [item["pk"]["S"] for item in self.recording.users if item["sk"]["S"] == "user"]
        uploads = [item["pk"]["S"] for item in self.recording.users if item["sk"]["S"] == "upload"]
        self._write(
            "reads",
            [
                *(self.request(f"user {id}", "GET", f"/users/{id}", by=ada) for id in users),
                *(self.request(f"history {id}", "GET", f"/users/{id}/history", by=ada) for id in users),
                *(self.request(f"upload {id}", "GET", f"/uploads/{id}", by=ada) for id in uploads),
                *(self.request(f"list {query}", "GET", "/users", by=ada, query=query) for query in LISTS),
                self.request("uploads", "GET", "/uploads", by=ada, query={"limit": "100"}),
                self.request("ready", "GET", "/health/ready"),
            ],
        )
        self._write(
            "log-ins",
            [
                self.request(
                    f"log-in {name}", "POST", "/sessions", {"email": one.email, "password": one.password}
                )
                for name, one in sorted(self.story.people.items())
            ],
        )
        alive = {name: headers for name, headers in self.story.sessions.items() if self._is_alive(headers)}
        self._write(
            "sessions",
            [self.request(name, "GET", "/users/me", headers=headers) for name, headers in alive.items()],
        )
        self._write(
            "cursors",
            [
                self.request(f"{path} {query}", "GET", path, by=self.story.people[name], query=query)
                for name, path, query in self.story.cursors
            ],
        )
        self._write("links", self._links())
        self._write("repetitions", [self._repeated(name) for name in self.story.repeated])
        self._write("messages", self._messages())

    def _is_alive(self, headers: Mapping[str, str]) -> bool:
        with stopped_at(NOW.isoformat()):
            return self.today.api("GET", "/users/me", headers=headers).status == 200

    def _links(self) -> list[dict[str, Any]]:
        """Every link of a notice that waits, at which to look."""
        found = []
        for item in self.recording.users:
            for id, notice in item.get("outbox", {"M": {}})["M"].items():
                if kid := notice["M"].get("kid", {}).get("S"):
                    with stopped_at(NOW.isoformat()):
                        token = realm_of(self.today).tokens.make(item["pk"]["S"], id, kid)
                    name = f"{notice['M']['kind']['S']} {item['pk']['S']}"
                    look = self.request(name, "GET", f"/password-links/{token}")
                    if look["answer"]["statusCode"] == 200:  # else it was followed already
                        found.append(look)
        return found

    def _repeated(self, name: str) -> dict[str, Any]:
        by, (method, path, body) = self.story.repeated[name]
        person = self.story.people[by] if by else None
        # A password's change ends the session that made it; its repetition is known by the session of then.
        return self.request(name, method, path, body, by=person, key=f"key-{name}")

    def _messages(self) -> list[dict[str, Any]]:
        found = [
            self.call(f"notice {number}", "notifier", batch(body))
            for number, body in enumerate(self.story.heard)
        ]
        found.append(self.call("sweep", "sweeper", scheduled()))
        # What a sweep sends on.
        with stopped_at(NOW.isoformat()):
            for queue in ("NOTIFIER_QUEUE", "ARRIVALS_QUEUE"):
                self.world.received(queue)
            self.today.handlers["sweeper"](scheduled(), CONTEXT)
            notices, looks = (self.world.received(queue) for queue in ("NOTIFIER_QUEUE", "ARRIVALS_QUEUE"))
        self.world.restore()
        assert notices
        assert looks
        found += [self.call(f"swept notice {body['notice']}", "notifier", batch(body)) for body in notices]
        found += [self.call(f"look {body['upload']}", "intake", batch(body)) for body in looks]
        bucket = self.world.buckets[REGION]
        for stored in self.recording.read("objects"):
            content = base64.b64decode(stored["content"])
            put = {"ETag": hashlib.md5(content).hexdigest(), "VersionId": stored["version"]}
            event = arrival(bucket, stored["key"], put, len(content))
            found.append(self.call(f"arrival {stored['key']}", "intake", batch(event)))
        found.append(self.call("rotate", "key_rotation", scheduled()))
        found.append(self.call("appoint", "operator", {"do": "appoint", "email": "person.carol@example.com"}))
        found.append(self.call("pending", "operator", {"do": "pending"}))

        def recovered(event: dict[str, Any]) -> Any:
            found.append(self.call(f"{event['do']} {event['dry_run']} {event['after']}", "operator", event))
            return found[-1]["answer"]

        for do in ("recover", "recover-uploads"):
            for dry_run in (True, False):
                recover(recovered, do, dry_run=dry_run)
        return found

    def _write(self, name: str, content: Any) -> None:
        write(self.recording.folder, name, content)


def write(folder: Path, name: str, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / f"{name}.json").write_text(f"{text}\n")


def schema(client: Any, name: str) -> dict[str, Any]:
    """Return what makes a table like this one."""
    table = client.describe_table(TableName=name)["Table"]
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for index in table.get("GlobalSecondaryIndexes", [])
    ]
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": table["AttributeDefinitions"],
        "KeySchema": table["KeySchema"],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    }


def write_resources(folder: Path) -> Path:
    """Write what the functions render with into a folder, and return the folder that holds it."""
    for path, content in generated().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder / "resources"


def packed() -> bytes:
    """Return the functions' own code, and the names of what each needs besides, as the same zip each time."""
    files = first_party()
    for function in FUNCTIONS:
        pinned = (each.partition(" ")[0] for each in function_package(function).requirements)
        files[f"functions/{function}/requirements.in"] = "".join(f"{each}\n" for each in pinned).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(files):
            info = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, files[path])
    return made.getvalue()


def objects(world: World) -> list[dict[str, str]]:
    """Return every version in the buckets."""
    found = []
    for region, bucket in world.buckets.items():
        s3 = world.client("s3", region)
        for each in s3.list_object_versions(Bucket=bucket).get("Versions", []):
            body = s3.get_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])["Body"].read()
            found.append(
                {
                    "region": region,
                    "key": each["Key"],
                    "version": each["VersionId"],
                    "content": base64.b64encode(body).decode(),
                }
            )
    return found


def is_release() -> bool:
    """Return whether the code here is the release's: it is closed, and nothing has followed yet."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    after = (ROOT / "CHANGELOG.md").read_text().partition("## Unreleased\n")[2]
    return bool(version == RELEASE and after.lstrip().startswith(f"## {RELEASE} - "))


def prepare(folder: Path) -> None:
    """Write what the story begins with."""
    environment = ENVIRONMENT | NAMES
    write(folder, "items", {})
    write(folder, "objects", [])
    tables = (environment["TABLE_NAME"], environment["THROTTLES_TABLE"], COPY)
    write(
        folder,
        "settings",
        {
            "at": NOW.isoformat(),
            "environment": environment,
            "secrets": {
                environment["KEYS_SECRET"]: {"sign": "a", "a": "0123456789abcdef" * 4},
                environment["ORIGIN_SECRET"]: {"a": ORIGIN},
            },
            "parameters": {environment["PAGE_PARAMETER"]: f"https://{HOST}"},
            "tables": dict.fromkeys(tables),
        },
    )


def main() -> None:
    """Record the release, once."""
    if FOLDER.exists() or not is_release():
        sys.exit(f"This records {RELEASE} from its own code, once; a later release adds a folder of its own.")
    with tempfile.TemporaryDirectory() as temporary:
        folder, resources = Path(temporary) / "recording", write_resources(Path(temporary))
        folder.mkdir()
        prepare(folder)
        with stopped_at((NOW - timedelta(days=91)).isoformat()):
            opened = Today.over(Recording(folder), resources)
            today = opened.__enter__()
        try:
            story = Story(today.world)
            tell(story)
            settle(story, folder)
        finally:
            opened.__exit__(None, None, None)
        recording = Recording(folder)
        with Today.over(recording, resources) as today:
            Recorder(story, recording, today.world).write()
        (folder / "functions.zip").write_bytes(packed())
        (folder / "requirements.txt").write_bytes((LAMBDAS / "requirements.txt").read_bytes())
        FOLDER.mkdir()
        sums = []
        for path in sorted(folder.iterdir()):
            content = path.read_bytes()
            (FOLDER / path.name).write_bytes(content)
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n")
        (FOLDER / "SHA256SUMS").write_text("".join(sums))


def settle(story: Story, folder: Path) -> None:
    """Write everything as the story left it."""
    world, client = story.world, story.world.client("dynamodb")
    settings = dict(world.settings)
    settings["tables"] = {name: schema(client, name) for name in settings["tables"]}
    keys = world.environment["KEYS_SECRET"]
    value = world.client("secretsmanager").get_secret_value(SecretId=keys)["SecretString"]
    settings["secrets"] = {**settings["secrets"], keys: json.loads(value)}
    write(folder, "settings", settings)
    write(folder, "items", {name: sorted(world.items(name), key=key_of) for name in settings["tables"]})
    write(folder, "objects", objects(world))


if __name__ == "__main__":
    main()
