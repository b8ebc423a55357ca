"""Handing letters to Amazon SES."""

from typing import TYPE_CHECKING

from notices.model import Letter

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import ContentTypeDef


class SesMailer:
    """Sends from one address. What SES tells of a letter later goes where the configuration set says."""

    def __init__(self, client: "SESV2Client", *, sender: str, configuration_set: str) -> None:
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set

    def send(self, letter: Letter) -> None:
        """Send it; whatever SES or the network raises is raised."""
        self._client.send_email(
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [letter.to]},
            Content={
                "Simple": {
                    "Subject": _content(letter.subject),
                    "Body": {"Text": _content(letter.text), "Html": _content(letter.html)},
                    "Headers": [
                        {"Name": "X-Twinhull-Notice-Id", "Value": letter.notice},
                        # https://www.rfc-editor.org/rfc/rfc3834: no out-of-office reply comes back.
                        {"Name": "Auto-Submitted", "Value": "auto-generated"},
                        {"Name": "Content-Language", "Value": letter.locale},
                    ],
                }
            },
            ConfigurationSetName=self._configuration_set,
        )


def _content(text: str) -> "ContentTypeDef":
    return {"Data": text, "Charset": "UTF-8"}
