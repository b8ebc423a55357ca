"""What people do about their account at the page: passwords, links, roles, histories, sessions."""

import re
import uuid
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.person import Person, any_person
from tests.browser.visits import Visits
from tests.cloud import Cloud

Say = Callable[..., str]
LINK = re.compile("/api/v1/password-links/")


def change_password(page: Page, say: Say, current: str, new: str) -> None:
    page.get_by_label(say("Current password")).fill(current)
    page.get_by_label(say("New password")).fill(new)
    page.get_by_role("button", name=say("Change the password")).click()


def should_change_the_password_and_stay_logged_in(
    page: Page, language: str, say: Say, registered: Person
) -> None:
    registered.log_in(page, language)
    page.locator("summary", has_text=say("Change the password")).click()
    change_password(page, say, "not this one", "another password")
    current = page.get_by_label(say("Current password"))
    expect(current).to_be_focused()
    expect(current).to_have_accessible_description(say("This is not the current password."))
    change_password(page, say, registered.password, "another password")
    expect(page.get_by_text(say("Changed. You are logged out everywhere else."))).to_be_visible()
    expect(current).to_have_value("")
    page.locator("summary", has_text=say("History")).click()
    expect(page.get_by_role("listitem").first).to_contain_text(say("Password changed"))
    page.reload()
    expect(page.get_by_role("heading", name=say("Your profile"))).to_be_visible()


def should_ask_for_a_link_to_a_new_password(page: Page, language: str, say: Say, registered: Person) -> None:
    page.goto(f"/{language}/login/")
    page.get_by_role("link", name=say("Forgot your password?")).click()
    page.get_by_role("button", name=say("Send a link")).click()
    expect(page.get_by_label(say("E-mail"))).to_be_focused()
    page.get_by_label(say("E-mail")).fill(registered.email)
    page.get_by_role("button", name=say("Send a link")).click()
    expect(page.get_by_role("heading", name=say("Look into your mailbox"))).to_be_focused()


def answered_as_a_link(route: Route) -> None:
    """what the functions answer for a link that is good, since no mail arrives here."""
    if route.request.method == "PUT":
        route.fulfill(status=204, headers={"x-served-region": "us-east-1"})
        return
    form = """<form method="post" action="/api/v1/password-links/a.token" hx-swap="none" data-then="done"
      hx-put="/api/v1/password-links/a.token"><label for="new_password">New</label>
      <input id="new_password" name="new_password" type="password" aria-describedby="new_password-error">
      <small id="new_password-error" class="field-error"></small>
      <div class="alert" role="alert"></div><button type="submit">Set</button></form>"""
    route.fulfill(status=200, content_type="text/html", headers={"x-served-region": "us-east-1"}, body=form)


def should_follow_a_link_whose_token_no_server_saw_in_an_address(visits: Visits) -> None:
    page = visits.begin()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.route(LINK, answered_as_a_link)
    page.goto("/en/link/#a.token")
    page.get_by_label("New").fill("a new password")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_role("heading", name="Done")).to_be_focused()
    assert "#" not in page.url
    assert [one for one in asked if "token" in one and "/api/" not in one.partition("#")[0]] == [
        one for one in asked if one.endswith("/en/link/#a.token")
    ]
    assert any(one.startswith("PUT") and one.endswith("/api/v1/password-links/a.token") for one in asked)


def should_say_that_a_link_leads_nowhere(page: Page, language: str, say: Say) -> None:
    page.goto(f"/{language}/link/#made.up.token")
    expect(page.locator("#alert")).to_contain_text(say("Link no longer valid"))
    in_the_other_language = page.locator("nav a[hreflang]")
    expect(in_the_other_language).to_have_attribute("href", re.compile(r"/link/#made\.up\.token$"))
    page.goto(f"/{language}/link/")
    page.reload()
    message = say("This address is not complete. Open the link in the e-mail again.")
    expect(page.get_by_text(message)).to_be_visible()


def should_search_sort_and_bring_back_the_deleted(
    page: Page, language: str, say: Say, admin: Person, cloud: Cloud
) -> None:
    person = any_person(f"Zoe {uuid.uuid4().hex[:8]}")
    person.register(cloud.url)
    admin.log_in(page, language)
    rows = page.locator("#rows tr:not(.more)")
    expect(rows).to_have_count(25)
    page.get_by_role("button", name=say("Sort by: %(label)s", label=say("E-mail"))).click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text(re.compile(say("E-mail")))
    emails = page.locator("#rows tr:not(.more) td:nth-child(2)")
    assert emails.all_text_contents() == sorted(emails.all_text_contents())

    page.get_by_label(say("Starts with")).fill(person.name)
    page.get_by_label(say("Search in")).select_option("name")
    page.get_by_label(say("Starts with")).press("Enter")
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name=say("Delete %(name)s", name=person.name)).click()
    page.get_by_role("dialog").get_by_role("button", name=say("Delete"), exact=True).click()
    expect(page.get_by_role("button", name=say("Undo"))).to_be_focused()

    page.get_by_label(say("Show")).select_option("deleted")
    page.get_by_role("button", name=say("Search"), exact=True).click()
    rows.get_by_role("button", name=say("Restore %(name)s", name=person.name)).click()
    expect(rows.get_by_role("button", name=say("Delete %(name)s", name=person.name))).to_be_focused()


def should_give_a_role_and_show_what_happened(
    page: Page, language: str, say: Say, admin: Person, registered: Person
) -> None:
    admin.log_in(page, language)
    page.locator("#rows tr").filter(has_text=registered.email).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(registered.name)
    expect(page.get_by_role("listitem").first).to_contain_text(say("Registered"))
    page.get_by_label(say("Role")).select_option("admin")
    page.get_by_role("button", name=say("Change the role")).click()
    expect(page.get_by_text(say("Saved."))).to_be_visible()
    expect(page.get_by_role("listitem").first).to_contain_text(say("Role changed"))


def should_not_offer_an_administrator_to_decide_over_himself(visits: Visits, admin: Person) -> None:
    page = visits.begin()
    admin.log_in(page)
    me = page.locator("#me [data-me]").get_attribute("data-me")
    page.goto(f"/en/person/#{me}")
    expect(page.get_by_role("listitem").first).to_be_visible()
    expect(page.get_by_role("button", name="Change the role")).to_have_count(0)


def should_keep_what_is_typed_when_the_session_ends_meanwhile(visits: Visits, registered: Person) -> None:
    page = visits.begin()
    registered.log_in(page)
    page.get_by_label("Name").fill("A name that took long to think of")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("form [role=alert]").first).to_contain_text("Not logged in")
    log_in = page.locator("#me").get_by_role("link", name="Log in")
    expect(log_in).to_have_attribute("target", "_blank")
    expect(page.get_by_label("Name")).to_have_value("A name that took long to think of")

    elsewhere = page.context.new_page()
    registered.log_in(elsewhere)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.locator("#me .name")).to_have_text("A name that took long to think of")


def should_renew_the_session_of_who_works_and_notice_the_end_of_who_does_not(
    visits: Visits, registered: Person
) -> None:
    page = visits.begin()
    page.clock.install()
    registered.log_in(page)
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.url) if request.url.endswith("/users/me") else None
    )
    page.clock.run_for(8 * 60_000)
    assert asked == []
    page.keyboard.press("Tab")
    with page.expect_response("**/api/v1/users/me"):
        page.clock.run_for(60_000)
    expect(page.locator("#me .name")).to_be_visible()

    page.context.clear_cookies()
    page.clock.run_for(14 * 60_000)
    assert len(asked) == 1
    page.clock.run_for(2 * 60_000)
    expect(page.locator("#me").get_by_role("link", name="Log in")).to_be_visible()
    expect(page.locator(".hero")).to_be_visible()
