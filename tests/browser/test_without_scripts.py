"""Everything that people do, in a browser that runs no scripts."""

import re
import uuid
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.person import Person, any_person
from tests.browser.visits import Visits
from tests.cloud import Cloud

Say = Callable[..., str]


def log_in(page: Page, person: Person, language: str, say: Say) -> None:
    page.goto(f"/{language}/login/")
    page.get_by_label(say("E-mail")).fill(person.email)
    page.get_by_label(say("Password")).fill(person.password)
    page.locator("main").get_by_role("button", name=say("Log in")).click()
    page.wait_for_url("**/api/v1/users/me")


def should_register_log_in_edit_and_log_out(visits: Visits, language: str, say: Say) -> None:
    page = visits.begin(language, scripts=False)
    person = any_person("  艾达 <b>Lovelace</b> ")
    page.goto(f"/{language}/")
    expect(page.get_by_text(say("One moment…"))).to_have_count(1)
    expect(page.get_by_text(say("One moment…"))).to_be_hidden()
    page.locator("main").get_by_role("link", name=say("Register")).click()
    page.get_by_label(say("Name")).fill(person.name)
    page.get_by_label(say("E-mail")).fill("nobody")
    page.get_by_label(say("Password")).fill(person.password)
    page.get_by_role("button", name=say("Register")).click()

    email = page.get_by_label(say("E-mail"))
    expect(email).to_have_accessible_description(say("This is not an e-mail address."))
    expect(email).to_be_focused()
    expect(page.get_by_label(say("Name"))).to_have_value(person.name)
    expect(page.get_by_label(say("Password"))).to_have_value("")
    email.fill(person.email)
    page.get_by_label(say("Password")).fill(person.password)
    page.get_by_role("button", name=say("Register")).click()

    expect(page.get_by_role("heading", name=say("You are registered"))).to_be_visible()
    expect(page.get_by_label(say("E-mail"))).to_have_value(person.email)
    page.get_by_label(say("Password")).fill(person.password)
    page.locator("main").get_by_role("button", name=say("Log in")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(person.name.strip())

    page.get_by_label(say("Name")).fill("Grace")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Grace")
    page.get_by_role("link", name=say("History")).click()
    expect(page.get_by_role("listitem").first).to_contain_text(say("Profile edited"))

    page.get_by_role("button", name=say("Log out")).click()
    page.wait_for_url(f"**/{language}/")
    page.goto("/api/v1/users/me")
    expect(page.get_by_role("heading", name=say("Not logged in"))).to_be_visible()


def should_list_search_delete_and_restore(
    visits: Visits, language: str, say: Say, admin: Person, cloud: Cloud
) -> None:
    person = any_person(f"Zoe {uuid.uuid4().hex[:8]}")
    person.register(cloud.url)
    page = visits.begin(language, scripts=False)
    log_in(page, admin, language, say)
    page.get_by_role("link", name=say("People")).click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(25)
    seen = rows.first.text_content()
    page.get_by_role("link", name=say("Next page")).click()
    expect(page.get_by_role("link", name=say("From the beginning"))).to_be_visible()
    assert rows.first.text_content() != seen
    page.get_by_role("link", name=say("Name"), exact=True).click()
    expect(page.locator("[aria-sort=ascending]")).to_have_text(re.compile(say("Name")))

    page.get_by_label(say("Starts with")).fill(person.name.upper())
    page.get_by_label(say("Search in")).select_option("name")
    page.get_by_role("button", name=say("Search")).click()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name=f"{say('Delete')} {person.name}").click()
    expect(page.get_by_role("status")).to_contain_text(say("%(name)s was deleted.", name=person.name))
    page.get_by_role("button", name=say("Restore")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(person.name)

    page.get_by_label(say("Role")).select_option("admin")
    page.get_by_role("button", name=say("Change the role")).click()
    expect(page.get_by_role("definition").filter(has_text=say("Administrator"))).to_be_visible()
    page.get_by_role("link", name=say("History")).click()
    said = [say(one) for one in ("Role changed", "Restored", "Deleted")]
    for position, text in enumerate(said):
        expect(page.get_by_role("listitem").nth(position)).to_contain_text(text)
