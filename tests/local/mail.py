"""E-mails as people get them."""

from urllib.parse import urlencode

from tests.cloud import Cloud
from tests.waiting import eventually


def mail_to(cloud: Cloud, email: str, subject: str) -> dict[str, str]:
    """The one e-mail with such a subject, as soon as it is there."""

    def found() -> list[dict[str, str]]:
        messages = cloud.edge("GET", f"/_local/mail?{urlencode({'to': email})}").json()["messages"]
        return [each for each in messages if subject in each["subject"]]

    [message] = eventually(found)
    return message
