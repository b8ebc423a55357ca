"""What people do at the page, in both languages."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.person import Person, any_person
from tests.browser.visits import Visits
from tests.tiers import first

Say = Callable[..., str]


def should_register_log_in_edit_the_profile_and_log_out(page: Page, language: str, say: Say) -> None:
    person = any_person("  艾达 <b>Lovelace</b> ")
    person.fill_in_registration(page, language)
    page.get_by_role("button", name=say("Register")).click()
    expect(page.get_by_role("heading", name=say("You are registered"))).to_be_focused()

    page.locator("main").get_by_role("link", name=say("Log in")).click()
    expect(page.get_by_label(say("E-mail"))).to_have_value(person.email)
    page.get_by_label(say("Password")).fill(person.password)
    page.get_by_role("button", name=say("Log in")).click()
    expect(page.get_by_role("heading", name=say("Your profile"))).to_be_visible()
    expect(page.get_by_label(say("Name"))).to_have_value("艾达 <b>Lovelace</b>")
    expect(page.locator("#me .name")).to_have_text("艾达 <b>Lovelace</b>")

    page.get_by_label(say("Name")).fill("Grace")
    page.get_by_role("button", name=say("Save")).click()
    expect(page.get_by_text(say("Saved."))).to_be_visible()
    expect(page.locator("#me .name")).to_have_text("Grace")

    page.get_by_role("button", name=say("Log out")).click()
    expect(page.get_by_role("heading", name=say("Still afloat when a region is lost"))).to_be_visible()
    page.reload()
    expect(page.locator("#me").get_by_role("link", name=say("Log in"))).to_be_visible()


def should_go_on_in_the_language_that_was_chosen_in_the_profile(visits: Visits, registered: Person) -> None:
    page = visits.begin("en")
    registered.log_in(page, "en")
    page.get_by_role("combobox", name="Language").select_option("zh-CN")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/zh-CN/")
    expect(page.get_by_role("heading", name="个人资料")).to_be_visible()
    expect(page.get_by_role("combobox", name="语言")).to_have_value("zh-CN")


def should_list_everybody_page_by_page(page: Page, language: str, say: Say, admin: Person) -> None:
    admin.log_in(page, language)
    people = page.locator("#rows tr:not(.more)")
    more = page.get_by_role("button", name=say("Show more"))
    expect(people).to_have_count(25)

    seen = 25
    while more.count():
        more.click()
        expect(people.nth(seen)).to_be_visible()
        seen = people.count()
    expect(page.locator("#shown")).to_have_text(say("{count} shown").replace("{count}", str(seen)))

    ids = [row.get_attribute("id") for row in people.all()]
    assert len(ids) == len(set(ids)) >= 26
    own = page.locator("#rows tr").filter(has_text=admin.email)
    expect(own).to_contain_text(say("Administrator"))
    expect(own.get_by_role("button")).to_have_count(0)


def should_end_the_list_when_nobody_is_left_on_the_next_page(visits: Visits, admin: Person) -> None:
    page = visits.begin()
    admin.log_in(page)
    people = page.locator("#rows tr:not(.more)")
    expect(people).to_have_count(25)
    page.route(
        re.compile(r"/api/v1/users\?"),
        lambda route: route.fulfill(
            status=200, content_type="text/html", headers={"x-served-region": "us-east-1"}, body="\n"
        ),
    )
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#rows tr.more")).to_have_count(0)
    expect(people).to_have_count(25)
    expect(people.last.get_by_role("button")).to_be_focused()


def should_delete_somebody_after_a_confirmation_and_undo_it(
    page: Page, language: str, say: Say, admin: Person, registered: Person
) -> None:
    admin.log_in(page, language)
    row = page.locator("#rows tr").filter(has_text=registered.email)
    identity = row.get_attribute("id")
    assert identity
    row.get_by_role("button").click()
    dialog = page.get_by_role("dialog", name=say("Delete %(name)s?", name=registered.name))
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name=say("Delete"), exact=True).click()

    deleted = page.locator(f"#{identity}")
    expect(deleted).to_contain_text(say("%(name)s was deleted.", name=registered.name))
    undo = deleted.get_by_role("button", name=say("Undo"))
    expect(undo).to_be_focused()
    expect(page.locator("#shown")).to_have_text(say("{count} shown").replace("{count}", "24"))
    elsewhere = page.context.new_page()
    elsewhere.goto(f"/{language}/")
    expect(elsewhere.locator("#rows tr:not(.more)").first).to_be_visible()
    expect(elsewhere.get_by_text(registered.email)).to_have_count(0)

    undo.click()
    expect(deleted).to_contain_text(registered.email)
    expect(deleted.get_by_role("button")).to_be_focused()
    expect(page.locator("#shown")).to_have_text(say("{count} shown").replace("{count}", "25"))
    elsewhere.reload()
    expect(elsewhere.get_by_text(registered.email)).to_have_count(1)


def should_leave_somebody_alone_when_the_deletion_is_cancelled(
    visits: Visits, admin: Person, registered: Person
) -> None:
    page = visits.begin()
    deletions: list[str] = []
    page.on("request", lambda request: deletions.append(request.url) if request.method == "DELETE" else None)
    admin.log_in(page)
    button = page.locator("#rows tr").filter(has_text=registered.email).get_by_role("button")
    dialog = page.get_by_role("dialog")

    button.click()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()

    button.click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()
    assert deletions == []


@pytest.mark.parametrize("path", first(["login/", "", "register/"]))
def should_keep_the_page_when_the_language_is_switched(visits: Visits, path: str) -> None:
    page = visits.begin("en")
    page.goto(f"/en/{path}")
    page.get_by_role("link", name="中文").click()
    page.wait_for_url(f"**/zh-CN/{path}")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("link", name="English").click()
    page.wait_for_url(f"**/en/{path}")


def should_say_beside_each_field_what_is_wrong_with_it(page: Page, language: str, say: Say) -> None:
    page.goto(f"/{language}/register/")
    page.get_by_label(say("E-mail")).fill("nobody")
    page.get_by_label(say("Password")).fill("short")
    page.get_by_role("button", name=say("Register")).click()

    expect(page.locator("#name-error")).not_to_be_empty()
    expect(page.locator("#email-error")).to_have_text(say("This is not an e-mail address."))
    expect(page.get_by_label(say("Name"))).to_be_focused()
    expect(page.get_by_label(say("Password"))).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label(say("Password"))).to_have_accessible_description(
        f"{say('At least 8 characters.')} "
        + say("At least %(least)d characters are needed.").replace("%(least)d", "8")
    )

    page.get_by_label(say("Name")).fill("Ada")
    page.get_by_role("button", name=say("Register")).click()
    expect(page.get_by_label(say("Name"))).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label(say("E-mail"))).to_be_focused()


def should_say_that_an_address_is_taken(page: Page, language: str, say: Say, registered: Person) -> None:
    Person("Somebody else", registered.email, "another password").fill_in_registration(page, language)
    page.get_by_role("button", name=say("Register")).click()
    expect(page.locator("form [role=alert]")).to_contain_text(
        say("An account with this e-mail address exists already.")
    )


def should_not_log_in_with_a_wrong_password(page: Page, language: str, say: Say, registered: Person) -> None:
    page.goto(f"/{language}/login/")
    page.get_by_label(say("E-mail")).fill(registered.email)
    page.get_by_label(say("Password")).fill("not the password")
    page.get_by_role("button", name=say("Log in")).click()
    expect(page.locator("form [role=alert]")).to_contain_text(say("Log-in failed"))
    expect(page).to_have_url(f"/{language}/login/")


def should_tell_when_the_session_has_ended(visits: Visits, admin: Person, registered: Person) -> None:
    page = visits.begin()
    admin.log_in(page)
    page.context.clear_cookies()
    page.locator("#rows tr").filter(has_text=registered.email).get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Not logged in")
    expect(page.locator("#me").get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_text(registered.email)).to_have_count(0)
