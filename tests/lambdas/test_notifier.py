"""The notifier and the sweeper as they are deployed, over moto."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.ses.models import ses_backends

from files.leftovers import DynamoLeftovers, remember
from files.objects import Away, S3Objects
from files.store import DynamoStore as Uploads
from functions.notifier.env import Environment
from functions.notifier.page import CACHE_SECONDS, PageAddress
from notices.courier import QueueCourier, Reference
from notices.index import DynamoDueIndex
from notices.model import Notice, Outbox
from notices.pending import pending
from tests.lambdas.api import ENVIRONMENT, REGION, TABLE, Api, Person, load
from tests.lambdas.builders import NAMESPACE, any_email, any_key, any_user
from tests.lambdas.fakes import Ticks
from tests.lambdas.files import any_upload
from tests.lambdas.logged import Log
from tests.lambdas.queues import notifiers_queue
from tests.lambdas.uploading import ask, taken_in
from users.model import User
from users.store import DynamoStore

LONG = SimpleNamespace(get_remaining_time_in_millis=lambda: 30_000)
SHORT = SimpleNamespace(get_remaining_time_in_millis=lambda: 5_000)


class Scene:
    """The functions, a table, a queue, and SES."""

    def __init__(self, api: Api, notifier: ModuleType, sweeper: ModuleType) -> None:
        self.api = api
        self.notify = notifier.make(
            Environment(
                table_name=TABLE,
                user_namespace=NAMESPACE,
                keys_secret=ENVIRONMENT["KEYS_SECRET"],
                page_parameter=ENVIRONMENT["PAGE_PARAMETER"],
                mail_interval_ms=1,
                sender="notices@example.com",
                configuration_set="letters",
            )
        )
        self.notify_without_sender = notifier.handler
        self.sweep = sweeper.handler
        self.store = DynamoStore(api.dynamodb, TABLE)

    def records(self, *messages: object) -> dict[str, Any]:
        return {
            "Records": [
                {
                    "messageId": f"m{number}",
                    "body": message if isinstance(message, str) else json.dumps(message),
                }
                for number, message in enumerate(messages)
            ]
        }

    def registered(self) -> tuple[User, dict[str, str]]:
        person = self.api.somebody()
        user = self.store.get(person.id)
        assert user
        return user, {"pk": user.id, "sk": "user", "notice": next(iter(user.outbox))}

    def sent(self) -> int:
        return int(boto3.client("ses", region_name=REGION).get_send_quota()["SentLast24Hours"])


@pytest.fixture(scope="module")
def modules(functions: Api) -> Iterator[tuple[ModuleType, ModuleType]]:
    sender, page = "notices@example.com", ENVIRONMENT["PAGE_PARAMETER"]
    ses, ssm = boto3.client("sesv2", region_name=REGION), boto3.client("ssm", region_name=REGION)
    ses.create_email_identity(EmailIdentity=sender)
    ssm.put_parameter(Name=page, Value="https://people.example", Type="String")
    yield load("notifier"), load("sweeper")
    ses.delete_email_identity(EmailIdentity=sender)
    ssm.delete_parameter(Name=page)


@pytest.fixture
def scene(api: Api, modules: tuple[ModuleType, ModuleType]) -> Scene:
    return Scene(api, *modules)


def should_send_a_letter_and_take_the_notice_out(scene: Scene) -> None:
    before = scene.sent()
    user, reference = scene.registered()
    assert scene.notify(scene.records(reference), LONG) == {"batchItemFailures": []}
    assert scene.sent() == before + 1
    found = scene.store.get(user.id)
    assert found
    assert found.outbox == {}


def documented(scene: Scene) -> tuple[Person, dict[str, str]]:
    """Somebody whose document was just taken in, and where the notice waits that says so."""
    person = scene.api.somebody()
    id = ask(scene.api, person).json["id"]
    taken_in(scene.api, id)
    return person, {"pk": id, "sk": "upload", "notice": next(iter(outbox_of(scene, id)))}


def outbox_of(scene: Scene, id: str) -> Outbox:
    upload = Uploads(scene.api.dynamodb, TABLE).get(id)
    assert upload
    return upload.outbox


def should_tell_the_owner_that_a_document_was_taken_in(scene: Scene) -> None:
    before = scene.sent()
    person, reference = documented(scene)
    assert scene.notify(scene.records(reference, reference), LONG) == {"batchItemFailures": []}
    assert scene.sent() == before + 1
    letter = ses_backends[ACCOUNT][REGION].sent_messages[-1]
    assert (letter.destinations["ToAddresses"], letter.subject) == (
        [person.email],
        "Your document has arrived",
    )
    assert outbox_of(scene, reference["pk"]) == {}


def should_hold_what_tells_of_a_document_without_a_sender(scene: Scene) -> None:
    _, reference = documented(scene)
    assert scene.notify_without_sender(scene.records(reference), LONG) == {"batchItemFailures": []}
    [notice] = outbox_of(scene, reference["pk"]).values()
    assert notice.due_at > datetime.now(UTC) + timedelta(hours=23)


def should_hold_notices_without_a_sender(scene: Scene) -> None:
    before = scene.sent()
    user, reference = scene.registered()
    assert scene.notify_without_sender(scene.records(reference), LONG) == {"batchItemFailures": []}
    assert scene.sent() == before
    found = scene.store.get(user.id)
    assert found
    [notice] = found.outbox.values()
    assert notice.due_at > datetime.now(UTC) + timedelta(hours=23)


def should_report_only_the_messages_that_failed(scene: Scene) -> None:
    _, reference = scene.registered()
    failures = scene.notify(scene.records("{", reference, {"pk": "?"}), LONG)["batchItemFailures"]
    assert failures == [{"itemIdentifier": "m0"}, {"itemIdentifier": "m2"}]


def should_leave_for_another_time_what_it_has_no_time_for(scene: Scene) -> None:
    user, reference = scene.registered()
    assert scene.notify(scene.records(reference), SHORT) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert scene.store.get(user.id) == user


@pytest.mark.parametrize(
    ("event", "is_marked"),
    [
        ({"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}}, True),
        ({"eventType": "Bounce", "bounce": {"bounceType": "Transient"}}, False),
        ({"eventType": "Complaint", "complaint": {}}, True),
        ({"eventType": "Delivery"}, False),
    ],
)
def should_mark_an_address_that_refuses_mail_for_good(
    event: dict[str, Any], is_marked: bool, scene: Scene
) -> None:
    user, _ = scene.registered()
    addresses = [{"emailAddress": user.profile.email}, {"emailAddress": "no address"}]
    event = json.loads(json.dumps(event))
    if "bounce" in event:
        event["bounce"]["bouncedRecipients"] = addresses
    if "complaint" in event:
        event["complaint"]["complainedRecipients"] = addresses
    assert scene.notify(scene.records(event), LONG) == {"batchItemFailures": []}
    found = scene.store.get(user.id)
    assert found
    assert found.is_unreachable is is_marked


def should_log_nobodys_address_id_or_link(scene: Scene, log: Log) -> None:
    user, reference = scene.registered()
    log.clear()
    scene.notify(scene.records(reference, "{", {**reference, "notice": "gone"}), LONG)
    logged = json.dumps(log.lines)
    assert [line["outcome"] for line in log.lines] == ["sent", "unexpected", "gone"]
    assert log.lines[0]["NoticesSent"] == 1
    assert not [secret for secret in (user.id, user.profile.email, "link/#") if secret in logged]


class Parameters:
    """Stands for SSM."""

    def __init__(self) -> None:
        self.value = "https://one.example/"
        self.works = True

    def get_parameter(self, Name: str) -> dict[str, Any]:  # noqa: N803
        if not self.works:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": "…"}}, "GetParameter")
        return {"Parameter": {"Value": self.value}}


def should_ask_for_the_pages_address_every_five_minutes() -> None:
    parameters, ticks = Parameters(), Ticks()
    page = PageAddress(parameters, "/page", ticks)  # type: ignore[arg-type]
    assert page() == "https://one.example"
    parameters.value = "https://two.example"
    assert page() == "https://one.example"
    ticks.now += CACHE_SECONDS
    assert page() == "https://two.example"
    parameters.works = False
    ticks.now += CACHE_SECONDS
    assert page() == "https://two.example"


def should_send_nothing_while_nobody_knows_where_the_page_is() -> None:
    parameters = Parameters()
    parameters.works = False
    with pytest.raises(ClientError):
        PageAddress(parameters, "/page")()  # type: ignore[arg-type]


def should_do_what_is_due_and_say_how_much(scene: Scene) -> None:
    user = any_user(email=any_email(), deleted_at=datetime.now(UTC) - timedelta(days=31))
    scene.store.create(user)
    assert scene.sweep({}, LONG)["items"] == 1
    assert scene.store.get(user.id) is None


def should_purge_when_the_lost_region_is_back_and_fail_at_nothing_before(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = any_user(email=any_email(), deleted_at=datetime.now(UTC) - timedelta(days=31))
    scene.store.create(user)
    uploads = Uploads(scene.api.dynamodb, TABLE)
    uploads.create(replace(any_upload(user), look_at=None))
    lost: set[str] = set()

    def purge(*_: object) -> None:
        if lost:
            raise Away

    monkeypatch.setattr(S3Objects, "purge", purge)
    lost.add("the other region")
    done = scene.sweep({}, LONG)
    assert (done["later"], done["failures"]) == (1, 0)
    found = scene.store.get(user.id)
    assert found
    scene.store.replace(found, replace(found, rev=found.rev + 1))  # due at once instead of in five minutes
    lost.clear()
    scene.sweep({}, LONG)
    assert scene.store.get(user.id) is None


def should_have_somebody_look_after_what_is_left_in_a_lost_region(scene: Scene) -> None:
    id = f"upl_{any_key()}"
    remember(DynamoLeftovers(scene.api.dynamodb, TABLE), id, datetime.now(UTC) - timedelta(minutes=2))
    with notifiers_queue() as told:
        assert scene.sweep({}, LONG)["failures"] == 0
        assert {"upload": id} in told()


def should_end_with_an_error_when_something_could_not_be_done(
    scene: Scene, modules: tuple[ModuleType, ModuleType]
) -> None:
    scene.api.dynamodb.delete_table(TableName=TABLE)
    with pytest.raises(modules[1].Unfinished):
        scene.sweep({}, LONG)


def should_tell_what_waits(scene: Scene) -> None:
    now = datetime.now(UTC)
    notice = Notice(id=any_key(), kind="welcome", at=now)
    later = replace(notice, id=any_key(), kind="reset", not_before=now + timedelta(hours=1))
    scene.store.create(replace(any_user(), outbox={notice.id: notice, later.id: later}))
    scene.store.create(any_user(deleted_at=now))
    assert scene.api.operator({"do": "pending"}, None) == {"ok": True, "notices": 2, "uploads": 0, "due": 1}
    index = DynamoDueIndex(scene.api.dynamodb, TABLE)
    assert pending(index, ["us-east-1"], now) == {"notices": 0, "uploads": 0, "due": 0}


class Queue:
    """Stands for SQS."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.works = True

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        if not self.works:
            raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "…"}}, "SendMessage")
        self.sent.append(MessageBody)


def should_announce_each_notice_that_is_new_in_an_item(scene: Scene) -> None:
    queue = Queue()
    store = DynamoStore(scene.api.dynamodb, TABLE, QueueCourier(lambda: queue, "url"))  # type: ignore[arg-type,return-value]
    first = Notice(id="1", kind="welcome", at=datetime.now(UTC))
    user = replace(any_user(), outbox={"1": first})
    store.create(user)
    both = {"1": first, "2": replace(first, id="2", kind="reset")}
    store.replace(user, replace(user, rev=2, outbox=both), "")
    assert [json.loads(one) for one in queue.sent] == [
        {"pk": user.id, "sk": "user", "notice": "1"},
        {"pk": user.id, "sk": "user", "notice": "2"},
    ]


def should_write_all_the_same_when_the_queue_takes_nothing(scene: Scene) -> None:
    queue = Queue()
    queue.works = False
    courier = QueueCourier(lambda: queue, "url")  # type: ignore[arg-type,return-value]
    assert courier.send(Reference(pk="p", sk="user", notice="n")) is False
    store = DynamoStore(scene.api.dynamodb, TABLE, courier)
    user = replace(any_user(), outbox={"1": Notice(id="1", kind="welcome", at=datetime.now(UTC))})
    store.create(user)
    assert store.get(user.id)


def should_count_a_bounce_in_a_line_that_names_nobody(scene: Scene, log: Log) -> None:
    user, _ = scene.registered()
    log.clear()
    gone = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": user.profile.email}]}
    scene.notify(scene.records({"eventType": "Bounce", "bounce": gone}), LONG)
    [line] = log.lines
    assert (line["message"], line["NoticesBounced"]) == ("feedback", 1)
    assert not [secret for secret in (user.id, user.profile.email) if secret in log.text]
