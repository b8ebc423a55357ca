"""The notifier: works off the queue of notices.

A message is `{"pk": …, "sk": …, "notice": …}`, or what SES tells of a letter that was sent before.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from files.store import DynamoStore as Uploads
from functions.notifier.env import Environment
from functions.notifier.feedback import complaints, is_feedback
from functions.notifier.page import PageAddress
from functions.notifier.post import Post
from notices.courier import Reference
from notices.deliver import PostOffice
from notices.letters import Letters
from notices.mailer import SesMailer
from notices.pace import Pace
from notices.times import now
from telemetry.log import log_call
from users.change import Realm
from users.errors import Malformed
from users.feedback import take_feedback
from users.outboxes import KeptOutboxes
from users.recipients import Recipients
from users.store import DynamoStore
from web.cached_secret import CachedSecret
from web.clients.dynamodb import dynamodb
from web.clients.secrets_manager import secrets_manager
from web.clients.sesv2 import ses
from web.clients.ssm import parameters
from web.environment import read
from web.keys import Keys, LinkTokens
from web.languages import translations

#: What a batch leaves undone when so little time is left comes again.
LEAST_MS = 8_000

Result = dict[str, list[dict[str, str]]]


def make(environment: Environment) -> Callable[[Mapping[str, Any], Any], Result]:
    """The function with its clients."""
    client = dynamodb()
    store, uploads = DynamoStore(client, environment.table_name), Uploads(client, environment.table_name)
    realm = Realm(store=store, namespace=environment.user_namespace)
    post = None
    if environment.sender:
        tokens = LinkTokens(Keys(CachedSecret(secrets_manager(), environment.keys_secret)))
        page = PageAddress(parameters(), environment.page_parameter)
        mailer = SesMailer(ses(), sender=environment.sender, configuration_set=environment.configuration_set)
        post = Post(
            recipients=Recipients(store, tokens, page, now),
            letters=Letters(Path(str(files("resources") / "mail")), translations),
            mailer=mailer,
            pace=Pace(environment.mail_interval_ms / 1000),
            owners={"upload": uploads},
        )
    office = PostOffice(outboxes=KeptOutboxes({"user": store, "upload": uploads}), sender=post, now=now)

    def handle(message: Mapping[str, Any]) -> None:
        if is_feedback(message):
            for email, what in complaints(message):
                with suppress(Malformed):  # it is nobody's of ours
                    take_feedback(realm, email, what)
            log_call("feedback", fault=None, outcome="taken")
            return
        delivery = office.deliver(Reference(**message))
        notice = delivery.notice
        log_call(
            "notice",
            fault=delivery.fault,
            outcome=delivery.outcome,
            kind=notice.kind if notice else None,
            tries=notice.tries if notice else None,
        )

    def notify(event: Mapping[str, Any], context: Any) -> Result:
        failed = []
        for record in event["Records"]:
            if context.get_remaining_time_in_millis() < LEAST_MS:
                failed.append(record)
                continue
            try:
                handle(json.loads(record["body"]))
            except Exception as fault:
                log_call("notice", fault=fault, outcome="unexpected")
                failed.append(record)
        return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in failed]}

    return notify


handler = make(read(Environment))
