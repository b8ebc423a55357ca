"""The fragments as the functions render them."""

from typing import Any

import pytest

from stacks import shells
from tests.site.markup import Markup, inline_code

pytestmark = pytest.mark.usefixtures("functions_resources")


def any_user(**fields: Any) -> dict[str, Any]:
    return {
        "id": "usr_6b0d2a52-5b1c-5d64-a9e0-0d2d3c1f7a11",
        "email": "ada@example.com",
        "name": "Ada",
        "role": "user",
        "locale": "en",
        "registered_at": "2026-11-23T09:00:00.000Z",
        "verified_at": None,
        "deleted_at": None,
        **fields,
    }


def any_page(*users: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "items": list(users),
        "next_cursor": None,
        "is_first_page": True,
        "query": {"state": "active", "sort": "-registered_at", "limit": 25},
        **fields,
    }


def any_problem(**fields: Any) -> dict[str, Any]:
    return {
        "type": "urn:twinhull:problem:invalid",
        "title": "Please check what you entered",
        "status": 422,
        "detail": "Something is wrong.",
        "code": "invalid",
        "request_id": "1",
        "errors": [],
        **fields,
    }


def render(fragment: str, context: dict[str, Any], language: str = "en") -> Markup:
    from web import html

    return Markup(html.render(fragment, language, context))  # type: ignore[arg-type]


def any_upload(**fields: Any) -> dict[str, Any]:
    return {
        "id": "upl_6b0d2a52-5b1c-5d64-a9e0-0d2d3c1f7a11",
        "state": "waiting",
        "filename": "passport.pdf",
        "created_at": "2026-11-23T09:00:00.000Z",
        "reason": None,
        "again": 1,
        **fields,
    }


CONTEXTS: dict[str, dict[str, Any]] = {
    "upload.html": any_upload(state="failed", reason={"code": "damaged", "detail": "It is damaged."}),
    "uploads.html": {"items": [any_upload()], "next_cursor": "any", "query": {"limit": 10}},
    "users.html": any_page(any_user()),
    "user.html": any_user(),
    "me.html": any_user(lifetime=900),
    "person.html": any_user(),
    "history.html": {
        "id": any_user()["id"],
        "items": [{"at": "2026-11-23T09:00:00.000Z", "what": "registered", "by": any_user()["id"]}],
    },
    "link.html": {
        "purpose": "reset",
        "expires_at": "2026-11-23T10:00:00.000Z",
        "sets_password": True,
        "token": "usr_1.a.00",
    },
    "deleted.html": any_user(deleted_at="2026-11-23T09:00:00.000Z"),
    "session.html": {"expires_at": "2026-11-23T09:15:00.000Z", "user": any_user()},
    "problem.html": any_problem(errors=[{"pointer": "/name", "code": "missing", "detail": "Needed."}]),
}


def should_know_a_context_for_every_fragment() -> None:
    names = {path.name for path in (shells.SITE / "fragments").glob("[!_]*.html")}
    assert names == set(CONTEXTS)


@pytest.mark.parametrize("language", shells.LANGUAGES)
@pytest.mark.parametrize("name", CONTEXTS)
def should_need_nothing_that_the_content_security_policy_forbids(name: str, language: str) -> None:
    markup = render(name, CONTEXTS[name], language)
    assert markup.elements
    assert inline_code(markup) == []


@pytest.mark.parametrize(
    "name", ["users.html", "user.html", "me.html", "person.html", "deleted.html", "session.html"]
)
def should_never_take_a_name_for_markup(name: str) -> None:
    evil = "\"><script>alert('x')</script>%(name)s{{ 1 }}"
    user = any_user(name=evil, lifetime=900)
    context = {
        "users.html": any_page(user),
        "session.html": {"expires_at": "2026-11-23T09:15:00.000Z", "user": user},
    }.get(name, user)

    markup = render(name, context)

    assert markup.all("script") == []
    assert any(evil in element.text or evil in element.attributes.values() for element in markup.elements)


def should_lead_to_the_next_page_of_the_same_list() -> None:
    markup = render("users.html", any_page(any_user(), next_cursor="a/b+c="))
    assert markup.values("hx-get") == [
        "/api/v1/users?state=active&sort=-registered_at&limit=25&cursor=a%2Fb%2Bc%3D"
    ]


def should_offer_no_more_at_the_end_of_a_list() -> None:
    assert render("users.html", any_page(any_user())).values("hx-get") == []


def should_say_that_nobody_is_here_only_where_nobody_is_above() -> None:
    [cell] = render("users.html", any_page()).all("td")
    assert cell.text == "Nobody is here yet."
    assert render("users.html", any_page(is_first_page=False)).elements == []


def should_ask_before_deleting_and_name_whom() -> None:
    [button] = render("users.html", any_page(any_user(name="王小明")), "zh-CN").all("button")
    assert button.attributes["hx-confirm"] == "要删除 王小明 吗？"
    assert button.attributes["hx-delete"] == "/api/v1/users/usr_6b0d2a52-5b1c-5d64-a9e0-0d2d3c1f7a11"


def should_offer_to_undo_a_deletion_where_the_row_was() -> None:
    markup = render("deleted.html", CONTEXTS["deleted.html"])
    [button] = markup.all("button")
    assert button.attributes["hx-post"].endswith("/restore")
    assert "autofocus" in button.attributes
    assert button.attributes["aria-describedby"] in markup.values("id")


def should_choose_the_language_of_a_profile() -> None:
    chosen = [
        option.attributes["value"]
        for option in render("me.html", any_user(locale="zh-CN", lifetime=900)).all("option")
        if "selected" in option.attributes
    ]
    assert chosen == ["zh-CN"]


def should_say_which_field_an_error_is_about() -> None:
    markup = render("problem.html", CONTEXTS["problem.html"])
    assert markup.values("data-code") == ["invalid"]
    assert [(item.attributes["data-pointer"], item.text) for item in markup.all("li")] == [
        ("/name", "Needed.")
    ]
