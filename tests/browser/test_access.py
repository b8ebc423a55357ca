"""The page for people without a mouse, with a small screen, or with a screen reader."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.browser.person import Person, any_person
from tests.browser.visits import Visits
from tests.tiers import first


def tab_to(page: Page, role: str, name: str) -> None:
    """Press Tab until the focus is on an element."""
    wanted = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    for _ in range(80):
        if wanted.count() and wanted.first.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{role} “{name}” cannot be reached by Tab")


def should_do_everything_by_keyboard_alone(visits: Visits, admin: Person) -> None:
    page = visits.begin()
    person = any_person(f"Zoe {uuid.uuid4().hex[:8]}")

    page.goto("/en/")
    tab_to(page, "link", "Skip to the content")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hero")
    tab_to(page, "link", "Register")
    page.keyboard.press("Enter")
    page.wait_for_url("**/register/")
    tab_to(page, "textbox", "Name")
    page.keyboard.type(person.name)
    page.keyboard.press("Tab")
    page.keyboard.type(person.email)
    page.keyboard.press("Tab")
    page.keyboard.type(person.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You are registered")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/")

    tab_to(page, "textbox", "E-mail")
    page.keyboard.press("Control+A")
    page.keyboard.type(admin.email)
    page.keyboard.press("Tab")
    page.keyboard.type(admin.password)
    page.keyboard.press("Enter")
    page.wait_for_selector("#rows th")

    tab_to(page, "button", f"Delete {person.name}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    tab_to(page, "button", "Delete")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Delete {person.name}")).to_be_focused()

    tab_to(page, "button", "Show more")
    before = page.locator("#rows tr:not(.more)").count()
    page.keyboard.press("Enter")
    expect(page.locator("#rows tr:not(.more)").nth(before).get_by_role("button")).to_be_focused()

    page.evaluate("document.activeElement.blur()")
    tab_to(page, "button", "Log out")
    page.keyboard.press("Enter")
    expect(page.locator(".hero")).to_be_visible()


@pytest.mark.parametrize("path", first(["login/", "", "register/"]))
def should_fit_a_narrow_screen(visits: Visits, language: str, path: str) -> None:
    page = visits.begin(language, width=320)
    page.goto(f"/{language}/{path}")
    expect(page.locator("#me a").first).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320


def should_fit_the_list_on_a_narrow_screen(visits: Visits, language: str, admin: Person) -> None:
    page = visits.begin(language, width=320)
    admin.log_in(page, language)
    expect(page.locator("#rows th").first).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320


def should_announce_problems_and_counts(visits: Visits, admin: Person) -> None:
    page = visits.begin()
    page.goto("/en/login/")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("form").get_by_role("alert")).not_to_be_empty()
    admin.log_in(page)
    expect(page.get_by_role("status").filter(has_text="shown")).to_be_visible()


def should_run_no_code_but_its_own(visits: Visits) -> None:
    page = visits.begin()
    page.goto("/en/")
    ran = page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.smuggled = true";
          document.body.append(script);
          document.body.setAttribute("style", "opacity: 0.5");
          return [window.smuggled, getComputedStyle(document.body).opacity];
        }"""
    )
    assert ran == [None, "1"]
    visits.excuse("Executing inline script violates", "Applying inline style violates")
