"""Sending a document from the page."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.person import Person
from tests.browser.visits import Visits
from tests.cloud import Cloud
from tests.lambdas.files import PDF

Say = Callable[..., str]

#: Milliseconds that a busy machine may take until a file is taken in.
PATIENCE = 60_000


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A document that takes a while to send."""
    path = tmp_path / "护照.pdf"
    path.write_bytes(PDF.replace(b"<<>>", b"<<>>" + b" " * 3_000_000, 1))
    return path


def should_send_a_document_show_how_far_it_is_and_what_became_of_it(
    page: Page, language: str, say: Say, registered: Person, paper: Path
) -> None:
    registered.log_in(page, language)
    page.evaluate(
        """() => {
          window.seen = [];
          const bar = document.querySelector("progress");
          new MutationObserver(() => window.seen.push(bar.value)).observe(bar, { attributes: true });
        }"""
    )
    page.get_by_label(say("Send a document")).set_input_files(paper)
    # By the keyboard alone.
    page.get_by_label(say("Send a document")).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=say("Send"), exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    link = page.locator("#uploads").get_by_role("link", name="护照.pdf")
    expect(link).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#uploads li").first).to_have_attribute("data-state", "done")
    assert page.evaluate("Math.max(...window.seen)") == 100
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "护照.pdf"
    assert Path(download.value.path()).read_bytes() == paper.read_bytes()


def should_say_what_is_wrong_with_a_file(
    page: Page, language: str, say: Say, registered: Person, tmp_path: Path
) -> None:
    registered.log_in(page, language)
    button = page.get_by_role("button", name=say("Send"), exact=True)
    button.click()
    expect(page.locator("#document-error")).to_have_text(say("Choose a file."))
    expect(page.get_by_label(say("Send a document"))).to_be_focused()
    page_of_html, empty, fake = (tmp_path / name for name in ("page.html", "empty.pdf", "fake.pdf"))
    page_of_html.write_bytes(b"<p>")
    empty.touch()
    fake.write_bytes(b"<p>")
    for path, text in (
        (page_of_html, say("Allowed: %(expected)s.", expected="application/pdf, image/png, image/jpeg")),
        (empty, say("The file is empty.")),
    ):
        page.get_by_label(say("Send a document")).set_input_files(path)
        button.click()
        expect(page.locator("form[data-upload] [role=alert]")).to_contain_text(text, timeout=PATIENCE)
    page.get_by_label(say("Send a document")).set_input_files(fake)
    button.click()
    refused = say("The file is not of the kind that was announced. PDF, PNG and JPEG are accepted.")
    expect(page.locator("#uploads li").first).to_contain_text(refused, timeout=PATIENCE)


def should_send_the_file_to_the_other_region_when_the_bucket_is_lost_meanwhile(
    visits: Visits, registered: Person, paper: Path, cloud: Cloud
) -> None:
    page = visits.begin("en")
    registered.log_in(page, "en")
    primary = cloud.regions[0]
    page.get_by_label("Send a document").set_input_files(paper)
    with ExitStack() as losses:

        def lose(route: Route) -> None:
            """The form was given; before the file is sent, its region is lost."""
            losses.enter_context(cloud.region(primary, "refuse"))
            route.continue_()

        page.route("**/*-uploads-*", lose, times=1)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator("#uploads li").first).to_have_attribute("data-state", "done", timeout=PATIENCE)
    visits.excuse("Failed to load resource: net::")
    expect(page.locator("#uploads li")).to_have_count(1)
