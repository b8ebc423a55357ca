"""E-mails as people get them: they arrive, their links work, and a lost region loses none."""

import base64
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from tests.cloud import Cloud
from tests.local.invoking import aws, function, sweep
from tests.local.mail import mail_to
from tests.local.people import PASSWORD, any_email, any_key, any_registered, log_in, register
from tests.local.sending import Storage, ask, post, shown
from tests.waiting import eventually

NEW_PASSWORD = "another horse staple"


class Person:
    """Somebody with a mailbox."""

    def __init__(self, cloud: Cloud, **fields: str) -> None:
        self._cloud = cloud
        registered = any_registered(cloud.edge, **fields)
        self.id, self.email, self.client = registered.id, registered.email, registered.client

    def mail(self, subject: str) -> dict[str, str]:
        """The one e-mail with such a subject, as soon as it is there."""
        return mail_to(self._cloud, self.email, subject)

    def follow(self, subject: str, body: object = None) -> int:
        """Follow the link in an e-mail: the page hands its token to the API."""
        text = self.mail(subject)["text"]
        [token] = re.findall(rf"^{re.escape(self._cloud.url)}/(?:en|zh-CN)/link/#(\S+)$", text, re.MULTILINE)
        return self._cloud.edge("PUT", f"/api/v1/password-links/{token}", body or {}).status


def wait_until_all_is_sent(cloud: Cloud) -> None:
    eventually(lambda: cloud.edge("GET", "/_local/pending").json(), lambda pending: pending["notices"] == 0)


def should_welcome_whoever_registers_and_verify_the_address(cloud: Cloud) -> None:
    person = Person(cloud)
    assert "verified_at" not in person.client("GET", "/api/v1/users/me").json()
    message = person.mail("confirm your e-mail address")
    assert (message["to"], message["locale"]) == (person.email, "en")
    assert message["html"].count(f"{cloud.url}/en/link/#{person.id}.") == 1
    assert person.follow("confirm your e-mail address") == 204
    assert "verified_at" in person.client("GET", "/api/v1/users/me").json()
    assert person.follow("confirm your e-mail address") == 410


def should_write_in_the_language_of_whom_it_is_for(cloud: Cloud) -> None:
    message = Person(cloud, locale="zh-CN").mail("确认您的邮箱地址")
    assert message["locale"] == "zh-CN"
    assert f"{cloud.url}/zh-CN/link/#" in message["text"]


def should_let_somebody_choose_a_new_password_by_mail(cloud: Cloud) -> None:
    person = Person(cloud)
    assert cloud.edge("POST", "/api/v1/password-links", {"email": person.email}).status == 202
    assert person.follow("A new password", {"new_password": NEW_PASSWORD}) == 204
    assert log_in(cloud.edge, person.email, NEW_PASSWORD).status == 201
    assert "Your password was changed" in person.mail("Your password was changed")["html"]


def should_let_a_deletion_be_undone_by_mail(cloud: Cloud) -> None:
    person = Person(cloud)
    assert person.client("DELETE", f"/api/v1/users/{person.id}").status == 204
    assert log_in(cloud.edge, person.email).status == 401
    assert person.follow("Your account was deleted") == 204
    assert log_in(cloud.edge, person.email).status == 201


def should_tell_that_a_document_was_taken_in(cloud: Cloud) -> None:
    person = Person(cloud)
    assert person.follow("confirm your e-mail address") == 204
    asked = ask(person.client, filename="passport.pdf").json()
    assert post(asked["upload"]).status == 201
    message = person.mail("Your document has arrived")
    assert (message["to"], message["locale"]) == (person.email, "en")
    # What somebody has written goes only to an address that is known to be his.
    assert "was taken in: passport.pdf" in message["text"]
    assert shown(person.client, asked["id"], "done")
    wait_until_all_is_sent(cloud)


def should_show_the_mailbox_as_a_page(cloud: Cloud) -> None:
    person = Person(cloud)
    person.mail("confirm your e-mail address")
    query = urlencode({"to": person.email})
    page = cloud.edge("GET", f"/_local/mail?{query}", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert person.email in page.text
    assert "<script" not in page.text


def should_have_nothing_pending_when_all_is_sent(cloud: Cloud) -> None:
    Person(cloud).mail("confirm your e-mail address")
    wait_until_all_is_sent(cloud)
    assert cloud.edge("GET", "/_local/pending").json().keys() == {"notices", "uploads", "due"}


def register_in(cloud: Cloud, region: str, email: str) -> None:
    """What a region still did that nobody reaches any more: register somebody."""
    body = {"email": email, "password": PASSWORD, "name": "Any Name", "locale": "en"}
    event = {
        "version": "2.0",
        "routeKey": "POST /api/v1/users",
        "rawPath": "/api/v1/users",
        "headers": {"content-type": "application/json", **cloud.config["origins"][region]["headers"]},
        "requestContext": {"requestId": any_key(), "http": {"method": "POST", "path": "/api/v1/users"}},
        "body": base64.b64encode(json.dumps(body).encode()).decode(),
        "isBase64Encoded": True,
    }
    answer = aws(cloud, "lambda", region).invoke(
        FunctionName=function(cloud, region, "Accounts"), Payload=json.dumps(event).encode()
    )
    answered = json.load(answer["Payload"])
    assert answered["statusCode"] == 201, answered


def let_pass(cloud: Cloud, user_id: str, **time: float) -> None:
    """Let all that is known of a user have been so long ago."""
    table = cloud.config["table"]
    client = aws(cloud, "dynamodb", table["region"])
    key = {"pk": {"S": user_id}, "sk": {"S": "user"}}
    item = client.get_item(TableName=table["name"], Key=key, ConsistentRead=True)["Item"]
    moments = [each["M"] for each in item["outbox"]["M"].values()]
    for one, name in [(item, "due_at"), (item, "deleted_at"), *((moment, "at") for moment in moments)]:
        if name in one:
            at = datetime.fromisoformat(one[name]["S"]) - timedelta(**time)
            one[name] = {"S": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"}
    item["rev"] = {"N": str(int(item["rev"]["N"]) + 1)}
    client.put_item(TableName=table["name"], Item=item)


def should_purge_whoever_was_deleted_30_days_ago_and_nobody_else(cloud: Cloud) -> None:
    storage = Storage(cloud)
    gone, later, active = Person(cloud), Person(cloud), Person(cloud)
    documents = {person.id: documented(person) for person in (gone, later, active)}
    for region in cloud.regions:
        storage.leave_behind(region, documents[gone.id])
    # A file, and what was left behind; the others have a file that is copied in its own time.
    eventually(lambda: kept(storage, documents.values()), lambda found: found == [3, 3, 1, 1, 1, 1])
    for person in (gone, later):
        assert person.client("DELETE", f"/api/v1/users/{person.id}").status == 204
        person.mail("Your account was deleted")
        wait_until_all_is_sent(cloud)
    let_pass(cloud, gone.id, days=30, minutes=6)
    let_pass(cloud, later.id, days=29)
    for region in cloud.regions:
        sweep(cloud, region)
    found = [cloud.as_admin("GET", f"/api/v1/users/{one.id}").status for one in (gone, later, active)]
    assert found == [404, 200, 200]
    assert kept(storage, documents.values()) == [0, 0, 1, 1, 1, 1]
    shows = [cloud.as_admin("GET", f"/api/v1/uploads/{id}").status for id in documents.values()]
    assert shows == [404, 200, 200]
    assert register(cloud.edge, gone.email).status == 201


def documented(person: Person) -> str:
    """Send a document, and wait until it is taken in."""
    asked = ask(person.client).json()
    assert post(asked["upload"]).status == 201
    assert shown(person.client, asked["id"], "done", "failed")["state"] == "done"
    return str(asked["id"])


def kept(storage: Storage, ids: Iterable[str]) -> list[int]:
    """How many versions of each upload's file are in the bucket of each region."""
    return [len(storage.versions(region, id)) for id in ids for region in storage.cloud.regions]


def should_send_what_a_region_accepted_before_it_was_lost(cloud: Cloud) -> None:
    """Its queue, its notifier and its sweeper are gone; the other region's sweeper finds the notice."""
    lost, other = cloud.regions
    email, admin = any_email(), cloud.as_admin
    wait_until_all_is_sent(cloud)
    with cloud.region(lost, "refuse"):
        register_in(cloud, lost, email)
        [user] = admin("GET", f"/api/v1/users?{urlencode({'q': email})}").json()["items"]
        assert cloud.edge("GET", "/_local/pending").json()["notices"] == 1
        assert cloud.edge("GET", f"/_local/mail?{urlencode({'to': email})}").json() == {"messages": []}

        let_pass(cloud, user["id"], minutes=6)
        sweep(cloud, other)

        assert mail_to(cloud, email, "confirm your e-mail address")
        wait_until_all_is_sent(cloud)
    # The message that waited in the lost region finds nothing left to send.
    assert mail_to(cloud, email, "confirm your e-mail address")


def should_remember_an_address_that_refuses_mail(cloud: Cloud) -> None:
    person = Person(cloud)
    person.mail("confirm your e-mail address")
    region = cloud.regions[0]
    [topic] = [
        each["TopicArn"]
        for each in aws(cloud, "sns", region).list_topics()["Topics"]
        if "Feedback" in each["TopicArn"]
    ]
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": person.email}]}
    event = {"eventType": "Bounce", "bounce": bounce, "mail": {"destination": [person.email]}}
    aws(cloud, "sns", region).publish(TopicArn=topic, Message=json.dumps(event))

    def bounced() -> bool:
        table = cloud.config["table"]
        key = {"pk": {"S": person.id}, "sk": {"S": "user"}}
        found = aws(cloud, "dynamodb", table["region"]).get_item(TableName=table["name"], Key=key)
        return "bounced_at" in found["Item"]

    eventually(bounced)  # fails when it does not happen
