"""What Amazon SES tells of letters: addresses that refuse mail, and people who complain.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from users.feedback import Complaint


def is_feedback(message: Mapping[str, Any]) -> bool:
    """Whether a message of the queue is one of these."""
    return "eventType" in message


def complaints(message: Mapping[str, Any]) -> Iterator[tuple[str, Complaint]]:
    """The addresses, and what became of what was sent there; a full mailbox or the like is no refusal."""
    match message["eventType"]:
        case "Bounce" if message["bounce"]["bounceType"] == "Permanent":
            for recipient in message["bounce"]["bouncedRecipients"]:
                yield recipient["emailAddress"], "bounced"
        case "Complaint":
            for recipient in message["complaint"]["complainedRecipients"]:
                yield recipient["emailAddress"], "complained"
