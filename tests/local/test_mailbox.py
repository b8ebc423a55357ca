"""The mailbox on one machine: whose mail it shows, and where its links lead."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from yarl import URL

from local.keys import Keys
from local.mailbox import Mailbox, as_page

DEPLOYED, HERE = "https://d1.cloudfront.net", "http://localhost:8080"


def any_record(*, to: str = "ada@example.com", at: float = 1.0, subject: str = "Hello") -> dict[str, Any]:
    return {
        "MessageId": f"m{at}",
        "To": [to],
        "Subject": subject,
        "BodyText": f"Follow {DEPLOYED}/en/link/#t",
        "BodyHtml": f'<html lang="en"><a href="{DEPLOYED}/en/link/#t">Follow</a></html>',
        "Timestamp": at,
    }


def with_mailbox(
    check: Callable[[Mailbox], Awaitable[None]], *records: dict[str, Any], account: str = "000000000000"
) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(
            text=json.dumps({"messages": {account: records}}), content_type="application/json"
        )

    async def run() -> None:
        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            url = URL(f"http://127.0.0.1:{runner.addresses[0][1]}")
            await check(Mailbox(url, Keys(), deployed_page=DEPLOYED, page=HERE))
        finally:
            await runner.cleanup()

    asyncio.run(run())


def should_show_the_mail_to_one_address_in_the_order_in_which_it_came() -> None:
    async def check(mailbox: Mailbox) -> None:
        assert [each["id"] for each in await mailbox.messages()] == ["m1.0", "m2.0", "m3.0"]
        assert [each["id"] for each in await mailbox.messages(" ADA@example.com ")] == ["m1.0", "m3.0"]
        assert await mailbox.messages("nobody@example.com") == []

    with_mailbox(check, any_record(at=3.0), any_record(at=1.0), any_record(at=2.0, to="bob@example.com"))


def should_lead_links_to_this_machine() -> None:
    async def check(mailbox: Mailbox) -> None:
        [message] = await mailbox.messages()
        assert message == {
            "id": "m1.0",
            "to": "ada@example.com",
            "subject": "Hello",
            "text": f"Follow {HERE}/en/link/#t",
            "html": f'<html lang="en"><a href="{HERE}/en/link/#t">Follow</a></html>',
            "locale": "en",
        }

    with_mailbox(check, any_record())


def should_let_no_letter_run_anything_in_the_page() -> None:
    message = {"subject": "<script>1</script>", "to": "a", "locale": "en", "html": '"><script>2</script>'}
    page = as_page([message], '"><script>3</script>')
    assert "<script" not in page
    assert 'sandbox="allow-top-navigation-by-user-activation"' in page


def should_say_that_there_is_no_message() -> None:
    assert "There is no message." in as_page([], "")
