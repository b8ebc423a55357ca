"""SQS in memory, as far as the commands use it."""

from typing import Any

from tests.ops.world import refusal

WORK, DEAD = "https://sqs.any/{region}/intake", "https://sqs.any/{region}/intake-dead"


class Sqs:
    """One region's queues: url → messages; a message that was received is hidden until it is deleted.

    ``moves`` is whether the service moves messages itself; ``faults`` are raised by an operation, once each.
    """

    def __init__(self, region: str) -> None:
        self.region = region
        self.urls = {"intake": WORK.format(region=region), "intake-dead": DEAD.format(region=region)}
        self.visible: dict[str, list[dict[str, Any]]] = {url: [] for url in self.urls.values()}
        self.hidden: dict[str, list[dict[str, Any]]] = {url: [] for url in self.urls.values()}
        self.moves = True
        self.tasks: list[dict[str, Any]] = []
        self.faults: dict[str, list[Exception]] = {}

    def send(self, queue: str, *bodies: str) -> None:
        """Put messages into a queue."""
        for body in bodies:
            self.visible[self.urls[queue]].append({"Body": body})

    def lay_aside(self, queue: str, *bodies: str) -> None:
        """Put messages among the dead letters of a queue."""
        self.send(f"{queue}-dead", *bodies)

    def bodies(self, queue: str) -> list[str]:
        """What is in a queue, whether or not it is hidden."""
        url = self.urls[queue]
        return [message["Body"] for message in (*self.visible[url], *self.hidden[url])]

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        self._fail("get_queue_attributes")
        found = {
            "ApproximateNumberOfMessages": str(len(self.visible[QueueUrl])),
            "ApproximateNumberOfMessagesNotVisible": str(len(self.hidden[QueueUrl])),
            "QueueArn": f"arn:aws:sqs:{self.region}:111122223333:{QueueUrl.rpartition('/')[2]}",
        }
        return {"Attributes": {name: found[name] for name in AttributeNames}}

    def start_message_move_task(self, SourceArn: str, DestinationArn: str) -> dict[str, Any]:  # noqa: N803
        self._fail("start_message_move_task")
        if not self.moves:
            raise refusal("InvalidAction", "Unknown action: StartMessageMoveTask")
        if any(task["Status"] == "RUNNING" for task in self.tasks):
            raise refusal("AWS.SimpleQueueService.UnsupportedOperation", "There is already a task running.")
        source = self.urls[SourceArn.rpartition(":")[2]]
        target = self.urls[DestinationArn.rpartition(":")[2]]
        self.tasks.insert(0, {"Status": "RUNNING", "SourceArn": SourceArn, "from": source, "to": target})
        return {"TaskHandle": "any"}

    def list_message_move_tasks(self, SourceArn: str, MaxResults: int) -> dict[str, Any]:  # noqa: N803
        """The task is done at the second look."""
        self._fail("list_message_move_tasks")
        for task in self.tasks:
            if task["Status"] == "RUNNING" and task.get("seen"):
                moved = self.visible[task["from"]]
                task |= {"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": len(moved)}
                self.visible[task["to"]] += moved
                self.visible[task["from"]] = []
            task["seen"] = True
        return {"Results": self.tasks[:MaxResults]}

    def receive_message(self, QueueUrl: str, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        self._fail("receive_message")
        taken = self.visible[QueueUrl][:MaxNumberOfMessages]
        self.visible[QueueUrl] = self.visible[QueueUrl][MaxNumberOfMessages:]
        self.hidden[QueueUrl] += taken
        if not taken:
            return {}
        return {"Messages": [{**each, "MessageId": "any", "ReceiptHandle": each["Body"]} for each in taken]}

    def send_message(self, QueueUrl: str, MessageBody: str, **other: Any) -> None:  # noqa: N803
        self._fail("send_message")
        self.visible[QueueUrl].append({"Body": MessageBody, **other})

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        self._fail("delete_message")
        self.hidden[QueueUrl] = [each for each in self.hidden[QueueUrl] if each["Body"] != ReceiptHandle]

    def _fail(self, operation: str) -> None:
        if waiting := self.faults.get(operation):
            raise waiting.pop(0)


class Queues:
    """The queues of both regions."""

    def __init__(self, *regions: Sqs) -> None:
        self._regions = {each.region: each for each in regions}

    def of(self, region: str) -> Sqs:
        """Those of one region."""
        return self._regions[region]
