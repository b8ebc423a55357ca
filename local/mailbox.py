"""The mailbox of everybody: what SES has accepted since the emulator was started."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import ClientSession
from yarl import URL

from local.keys import INTERNAL_HEADER, Keys

#: What `make up` deploys with, unless it is told otherwise: with a sender, and fast.
SETTINGS: Final[Mapping[str, str]] = {"sender": "notices@example.com", "mail_rate": "100"}

_LANGUAGE = re.compile(r'<html lang="([^"]+)"')

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mailbox</title>
<style>
body {{ font-family: system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem }}
article {{ border: 1px solid #8888; border-radius: 8px; margin: 1rem 0; padding: 0 1rem 1rem }}
h2 {{ font-size: 1.1rem }} iframe {{ border: 0; width: 100%; height: 26rem; background: #fff }}
</style></head>
<body>
<h1>Mailbox</h1>
<form><label>To <input type="email" name="to" value="{to}"></label> <button>Show</button></form>
{messages}
</body></html>
"""
# The letter is somebody else's HTML: it is shown without scripts, and its links open in place of this page.
_MESSAGE = """<article><h2>{subject}</h2><p>To {to} · {locale}</p>
<iframe title="{subject}" sandbox="allow-top-navigation-by-user-activation" srcdoc="{html}"></iframe>
</article>"""


class Mailbox:
    """Reads what the emulator keeps. The page's name in links stands for where it is on this machine."""

    def __init__(self, emulator: URL, keys: Keys, *, deployed_page: str, page: str) -> None:
        """`deployed_page` is the address that AWS would serve, `page` the one that this machine serves."""
        self._messages = emulator / "_ministack" / "ses" / "messages"
        self._headers = {INTERNAL_HEADER: keys.internal}
        self._deployed_page = deployed_page
        self._page = page

    async def messages(self, to: str = "") -> list[dict[str, str]]:
        """The messages to an address, or to everybody, the oldest first."""
        async with ClientSession(headers=self._headers) as session, session.get(self._messages) as answer:
            kept = (await answer.json())["messages"]
        records = [record for account in kept.values() for record in account]
        return [
            self._message(record)
            for record in sorted(records, key=lambda record: float(record["Timestamp"]))
            if not to or to.strip().lower() in (each.lower() for each in record["To"])
        ]

    def _message(self, record: Mapping[str, Any]) -> dict[str, str]:
        body = str(record["BodyHtml"] or "")
        language = _LANGUAGE.search(body)
        return {
            "id": str(record["MessageId"]),
            "to": ", ".join(record["To"]),
            "subject": str(record["Subject"]),
            "text": self._here(str(record["BodyText"])),
            "html": self._here(body),
            "locale": language[1] if language else "",
        }

    def _here(self, text: str) -> str:
        return text.replace(self._deployed_page, self._page)


def as_page(messages: Sequence[Mapping[str, str]], to: str) -> str:
    """The mailbox for a browser, the newest message first."""
    shown = [
        _MESSAGE.format(
            **{name: html.escape(message[name]) for name in ("subject", "to", "locale")},
            html=html.escape('<base target="_top">' + message["html"]),
        )
        for message in reversed(messages)
    ]
    return _PAGE.format(to=html.escape(to), messages="\n".join(shown) or "<p>There is no message.</p>")
