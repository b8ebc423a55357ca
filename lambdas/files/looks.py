"""Having somebody look after an upload: by a message to those who take files in."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class QueueLooks:
    """What is due about uploads: the sweeper asks, and the intake function looks.

    So only that function may read and delete people's files.
    """

    def __init__(self, client: "Callable[[], SQSClient]", queue_url: str) -> None:
        """`client` is called for the first message."""
        self._make = client
        self._client: SQSClient | None = None
        self._queue_url = queue_url

    def __call__(self, id: str) -> None:
        """Ask for a look at an upload; raises when the queue cannot answer."""
        self._client = self._client or self._make()
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps({"upload": id}))
