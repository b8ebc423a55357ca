"""From the mailbox on: people open their e-mails and follow the links in them."""

import re
import time
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.person import Person
from tests.browser.visits import Visits
from tests.lambdas.files import PDF
from tests.local.client import Client
from tests.waiting import eventually

NEW_PASSWORD = "another long password"


def opened(page: Page, person: Person, subject: str) -> FrameLocator:
    """Look into the mailbox until a letter is there."""
    letter = page.locator(f"iframe[title='{subject}']").first

    def found() -> int:
        page.goto(f"/_local/mail?{urlencode({'to': person.email})}")
        return letter.count()

    eventually(found)
    return letter.content_frame


def follow(page: Page, person: Person, subject: str) -> None:
    """Follow a letter's link to the page."""
    opened(page, person, subject).get_by_role("link").first.click()
    page.wait_for_url(re.compile("/en/link/"))


def should_welcome_somebody_who_then_confirms_the_address(visits: Visits) -> None:
    page = visits.begin()
    person = Person(name="Ada", email=f"ada{time.time_ns()}@example.com", password="a long password")
    person.fill_in_registration(page)
    page.press("[name=password]", "Enter")
    expect(page.locator("main")).not_to_contain_text("Already registered?")
    follow(page, person, "Welcome: please confirm your e-mail address")
    page.get_by_role("button", name="Confirm the address").click()
    expect(page.get_by_role("heading", name="Done")).to_be_focused()


def should_set_a_new_password_by_the_link_in_a_letter(visits: Visits, registered: Person) -> None:
    page = visits.begin()
    page.goto("/en/forgotten/")
    page.get_by_label("E-mail").fill(registered.email)
    page.get_by_role("button", name="Send a link").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_focused()
    follow(page, registered, "A new password")
    page.get_by_label(re.compile("password")).fill(NEW_PASSWORD)
    page.get_by_role("button", name=re.compile("password")).click()
    expect(page.get_by_role("heading", name="Done")).to_be_focused()
    Person(name=registered.name, email=registered.email, password=NEW_PASSWORD).log_in(page)


def should_come_back_from_a_deletion_by_the_link_in_a_letter(visits: Visits, registered: Person) -> None:
    client = Client(visits.url)
    session = client("POST", "/api/v1/sessions", {"email": registered.email, "password": registered.password})
    me = client.signed_in(session.json()["token"])
    assert me("DELETE", f"/api/v1/users/{session.json()['user']['id']}").status == 204
    page = visits.begin()
    follow(page, registered, "Your account was deleted")
    page.get_by_role("button", name=re.compile("estore")).click()
    expect(page.get_by_role("heading", name="Done")).to_be_focused()
    registered.log_in(page)


def should_tell_whoever_sent_a_document_that_it_was_taken_in(
    visits: Visits, registered: Person, tmp_path: Path
) -> None:
    paper = tmp_path / "passport.pdf"
    paper.write_bytes(PDF)
    page = visits.begin()
    registered.log_in(page)
    page.get_by_label("Send a document").set_input_files(paper)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#uploads li").first).to_have_attribute("data-state", "done", timeout=60_000)
    letter = opened(page, registered, "Your document has arrived")
    letter.get_by_role("link", name="Show my account").click()
    expect(page.locator("#uploads").get_by_role("link", name="passport.pdf")).to_be_visible()
