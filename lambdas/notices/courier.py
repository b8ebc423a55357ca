"""Telling the notifier that a notice waits."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Where a notice waits: the key of the item in whose outbox it is, and its id."""

    pk: str
    sk: str
    notice: str


class Courier(Protocol):
    """Brings references to the notifier, as well as it can: a sweep brings those that it lost."""

    def send(self, reference: Reference) -> bool:
        """Send it; whether that was possible."""


class QueueCourier:
    """Sends to the notifier's queue; the client is made for the first message."""

    def __init__(self, client: "Callable[[], SQSClient]", queue_url: str) -> None:
        self._make = client
        self._client: SQSClient | None = None
        self._queue_url = queue_url

    def send(self, reference: Reference) -> bool:
        self._client = self._client or self._make()
        try:
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(asdict(reference)))
        except (ClientError, BotoCoreError):
            return False
        return True
