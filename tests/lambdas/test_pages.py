"""Whole pages for browsers without JavaScript: each route, in both languages, forms and what follows them."""

import re
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.lambdas.api import BASE, HOST, OPENAPI, Api, Person, Reply, watching
from tests.lambdas.builders import any_email, any_key, any_password
from tests.site.markup import Markup, inline_code

ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
BROWSER = {"accept": ACCEPT, "sec-fetch-site": "same-origin", "origin": f"https://{HOST}"}
CHINESE = {**BROWSER, "accept-language": "zh-CN,zh;q=0.9"}
HAN = re.compile(r"[\u4e00-\u9fff]")


def title(reply: Reply) -> str:
    return Markup(reply.text).all("title")[0].text


def hidden_key(reply: Reply) -> str:
    [*keys] = {
        element.attributes["value"]
        for element in Markup(reply.text).all("input")
        if element.attributes.get("name") == "idempotency_key"
    }
    assert len(keys) == 1
    return keys[0]


def cookie_of(person: Person) -> dict[str, str]:
    return {"cookie": f"__Host-session={person.token}"}


def registration(**fields: str) -> dict[str, str]:
    return {"email": any_email(), "password": any_password(), "name": "王 & <Fang>", **fields}


class Pages:
    """Every page there is, by name."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.admin, self.person, self.gone = api.admin(), api.somebody(), api.somebody()
        assert api("DELETE", f"/users/{self.gone.id}", by=self.admin).status == 204
        assert api("POST", "/password-links", {"email": self.person.email}).status == 202

    def calls(self) -> dict[str, tuple[int, dict[str, Any]]]:
        admin, person, gone = self.admin, self.person, f"/users/{self.gone.id}"
        links = "/password-links"
        reset = self.api.link(person, "reset")
        verification = self.api.link(person, "welcome")
        restore = self.api.link(self.gone, "deleted")
        return {
            "registered": (201, {"method": "POST", "path": "/users", "form": registration()}),
            "register": (422, {"method": "POST", "path": "/users", "form": {"email": "nobody"}}),
            "login": (401, {"method": "POST", "path": "/sessions", "form": {"email": "a", "password": "b"}}),
            "users": (200, {"method": "GET", "path": "/users", "query": "limit=1", "by": admin}),
            "found": (200, {"method": "GET", "path": "/users", "query": "q=per&sort=email", "by": admin}),
            "deleted users": (
                200,
                {"method": "GET", "path": "/users", "query": "state=deleted", "by": admin},
            ),
            "me": (200, {"method": "GET", "path": "/users/me", "by": person}),
            "administrator": (200, {"method": "GET", "path": "/users/me", "by": admin}),
            "user": (200, {"method": "GET", "path": f"/users/{person.id}", "by": admin}),
            "deleted user": (200, {"method": "GET", "path": gone, "by": admin}),
            "history": (200, {"method": "GET", "path": f"{gone}/history", "by": admin}),
            "profile": (422, {"method": "POST", "path": "/users/me", "form": {"name": ""}, "by": person}),
            "password": (422, {"method": "POST", "path": "/users/me/password", "form": {}, "by": person}),
            "forgotten": (422, {"method": "POST", "path": "/password-links", "form": {"email": "x"}}),
            "sent": (202, {"method": "POST", "path": "/password-links", "form": {"email": person.email}}),
            "reset": (200, {"method": "GET", "path": f"{links}/{reset}"}),
            "restore": (200, {"method": "GET", "path": f"{links}/{restore}"}),
            "open": (200, {"method": "POST", "path": f"{links}/open", "form": {"link": verification}}),
            "link": (
                422,
                {"method": "POST", "path": f"{links}/{reset}", "form": {"new_password": "x"}},
            ),
            "followed": (
                200,
                {"method": "POST", "path": f"{links}/{verification}", "form": {}, "key": "one"},
            ),
            "unknown link": (410, {"method": "GET", "path": f"{links}/made-up"}),
            "not logged in": (401, {"method": "GET", "path": "/users/me"}),
            "not allowed": (403, {"method": "GET", "path": "/users", "by": person}),
            "bad query": (400, {"method": "GET", "path": "/users", "query": "x=1", "by": admin}),
            "nothing": (404, {"method": "GET", "path": "/nothing"}),
            "no such method": (405, {"method": "GET", "path": "/sessions"}),
            "deleted": (
                200,
                {"method": "POST", "path": f"/users/{person.id}/delete", "form": {}, "by": admin},
            ),
        }


NAMES = (
    """
    registered, register, login, users, found, deleted users, me, administrator, user, deleted user, history,
    profile, password, forgotten, sent, reset, restore, open, link, followed, unknown link, not logged in,
    not allowed, bad query, nothing, no such method, deleted
""".replace("\n    ", " ")
    .strip()
    .split(", ")
)


@pytest.mark.parametrize("name", NAMES)
def should_answer_with_a_whole_page_in_both_languages(api: Api, name: str, rendered_assets: set[str]) -> None:
    pages, titles = Pages(api), []
    for headers, language in ((BROWSER, "en"), (CHINESE, "zh-CN")):
        status, call = pages.calls()[name]
        reply = api(**call, headers=headers)
        assert reply.status == status, reply.text
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
        assert reply.headers["content-language"] == language
        markup = Markup(reply.text)
        assert markup.all("html")[0].attributes["lang"] == language
        assert len(markup.all("h1")) == 1
        assert not inline_code(markup)
        assert not markup.all("script")
        assert "<Fang>" not in reply.text
        assets = {one for one in markup.values("href") + markup.values("src") if one.startswith("/assets/")}
        assert len(assets) >= 3
        assert assets <= rendered_assets
        labelled = {element.attributes["for"] for element in markup.all("label")}
        fields = [
            one.attributes for one in markup.all("input", "select") if one.attributes.get("type") != "hidden"
        ]
        assert labelled == {one["id"] for one in fields}
        assert {form.attributes["method"] for form in markup.all("form")} <= {"get", "post"}
        described = {one for value in markup.values("aria-describedby") for one in value.split()}
        assert described <= set(markup.values("id"))
        titles.append(title(reply))
    assert not HAN.search(titles[0]) or name in {"user", "deleted user"}
    assert HAN.search(titles[1]) or name in {"me", "administrator", "user", "deleted user"}


def should_answer_json_and_fragments_as_before(api: Api) -> None:
    admin = api.admin()
    assert api("GET", "/users", by=admin).headers["content-type"] == "application/json"
    fragment = api("GET", "/users", headers={**BROWSER, "hx-request": "true"}, by=admin)
    assert "<html" not in fragment.text
    assert "<html" in api("GET", "/users", headers=BROWSER, by=admin).text


def should_do_everything_by_forms_and_links_alone(api: Api) -> None:
    """As a browser does: register, log in, edit, change the password; and what an administrator does."""
    fields = registration()
    registered = api("POST", "/users", form=fields, headers=BROWSER)
    assert fields["email"] in registered.text
    log_in = {name: fields[name] for name in ("email", "password")}
    session = api("POST", "/sessions", form=log_in, headers=BROWSER)
    assert (session.status, session.headers["location"], session.text) == (303, f"{BASE}/users/me", "")
    mine = {**BROWSER, "cookie": session.headers["set-cookie"].partition(";")[0]}

    edited = api("POST", "/users/me", form={"name": "Ada", "locale": "zh-CN"}, headers=mine)
    assert (edited.status, edited.headers["location"]) == (303, f"{BASE}/users/me")
    assert title(api("GET", "/users/me", headers=mine)) == "Ada · twinhull"

    change = {"current_password": fields["password"], "new_password": any_password()}
    changed = api("POST", "/users/me/password", form=change, headers=mine)
    assert changed.status == 303
    assert api("GET", "/users/me", headers=mine).status == 401
    mine["cookie"] = changed.headers["set-cookie"].partition(";")[0]
    assert api("GET", "/users/me", headers=mine).status == 200

    admin = {**BROWSER, **cookie_of(api.admin())}
    listed = api("GET", "/users", query={"q": fields["email"], "sort": "email"}, headers=admin)
    [identity] = re.findall(rf"{BASE}/users/(usr_[0-9a-f-]+)\"", listed.text)
    role = api("POST", f"/users/{identity}/role", form={"role": "admin"}, headers=admin)
    assert (role.status, role.headers["location"]) == (303, f"{BASE}/users/{identity}")
    assert api("POST", f"/users/{identity}/role", form={"role": "user"}, headers=admin).status == 303
    deleted = api("POST", f"/users/{identity}/delete", form={}, headers=admin)
    assert f"{BASE}/users/{identity}/restore" in deleted.text
    assert identity in api("GET", "/users", query="state=deleted", headers=admin).text
    restored = api("POST", f"/users/{identity}/restore", form={}, headers=admin)
    assert (restored.status, restored.headers["location"]) == (303, f"{BASE}/users/{identity}")

    out = api("POST", "/sessions/current/delete", form={}, headers=admin)
    assert (out.status, out.headers["location"]) == (303, "/en/")
    assert "Max-Age=0" in out.headers["set-cookie"]


def should_lead_back_in_by_a_link_without_javascript(api: Api) -> None:
    person, password = api.somebody(), any_password()
    assert api("POST", "/password-links", form={"email": person.email}, headers=BROWSER).status == 202
    address = f"https://{HOST}/en/link/#{api.link(person, 'reset')}"
    opened = api("POST", "/password-links/open", form={"link": address}, headers=BROWSER)
    [action] = {form.attributes["action"] for form in Markup(opened.text).all("form")}
    form = {"new_password": password, "idempotency_key": hidden_key(opened)}
    path = action.removeprefix(BASE)
    weak = api("POST", path, form={**form, "new_password": "short"}, headers=BROWSER)
    assert (weak.status, "new_password-error" in weak.text) == (422, True)
    for _ in range(2):  # pressed twice
        assert api("POST", path, form=form, headers=BROWSER).status == 200
    assert api.log_in(person.email, password).status == 201
    assert api("GET", path, headers=BROWSER).status == 410
    assert api("GET", path).code == "link-used"


@pytest.mark.parametrize(("kind", "purpose"), [("reset", "reset"), ("welcome", "verification")])
def should_tell_what_a_link_does_and_leave_it_unused(api: Api, kind: Any, purpose: str) -> None:
    person = api.somebody()
    assert api("POST", "/password-links", {"email": person.email}).status == 202
    token = api.link(person, kind)
    for _ in range(2):
        assert api("GET", f"/password-links/{token}").json["purpose"] == purpose
    assert api("POST", "/password-links/open", {"link": token}).json["purpose"] == purpose
    assert api("GET", f"/password-links/{token}x").code == "link-used"


def should_show_the_form_again_with_what_was_typed_and_no_password(api: Api) -> None:
    person = api.somebody()
    typed = {"email": person.email, "name": "Eve \"'<i>", "password": "a secret that is long"}
    taken = api("POST", "/users", form=typed, headers=BROWSER)
    markup = Markup(taken.text)
    values = {
        one.attributes["name"]: one.attributes.get("value", "")
        for one in markup.all("input")
        if one.attributes.get("type") != "hidden"
    }
    assert taken.status == 409
    assert values == {"name": typed["name"], "email": person.email, "password": ""}
    assert typed["password"] not in taken.text
    assert "exists already" in taken.text

    wrong = api(
        "POST", "/users", form={**typed, "email": "nobody", "password": "x", "more": "1"}, headers=BROWSER
    )
    invalid = {
        one.attributes["name"] for one in Markup(wrong.text).all("input") if "aria-invalid" in one.attributes
    }
    assert invalid == {"email", "password"}
    assert "This is not an e-mail address." in wrong.text
    assert "This is not known here." in wrong.text
    assert 'value="x"' not in wrong.text


@pytest.mark.parametrize("body", [b"a=%ff", b"email=a&email=b"])
def should_show_the_form_even_when_it_cannot_be_read(api: Api, body: bytes) -> None:
    headers = {**BROWSER, "content-type": "application/x-www-form-urlencoded"}
    assert api("POST", "/users", raw=body, headers=headers).status == 400
    person = {**headers, **cookie_of(api.somebody())}
    assert api("POST", "/users/me/delete", raw=body, headers=person).status == 422


@pytest.mark.parametrize("path", ["/users/me", "/users/me/password"])
def should_show_the_form_when_neither_it_nor_its_sender_can_be_read(api: Api, path: str) -> None:
    def hang(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    headers = {**BROWSER, "content-type": "application/x-www-form-urlencoded", **cookie_of(api.somebody())}
    client = api.modules["accounts"].handler._services.realm.store._client
    for body, typed in ((b"name=Ada", "Ada"), (b"name=Ada&name=Eve", ""), (b"name=%ff", "")):
        with watching(client, "before-call.dynamodb", hang):
            reply = api("POST", path, raw=body, headers=headers)
        assert reply.status == 503
        assert hidden_key(reply)
        assert "This cannot be answered at the moment." in reply.text
        names = [one for one in Markup(reply.text).all("input") if one.attributes.get("name") == "name"]
        assert [one.attributes["value"] for one in names] == [typed] * (path == "/users/me")


def should_register_once_however_often_the_form_is_sent(api: Api) -> None:
    form = registration()
    first, again = (api("POST", "/users", form=form, headers=BROWSER) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    other = {**form, "password": any_password()}
    assert api("POST", "/users", form=other, headers=BROWSER).status == 409
    assert api("POST", "/users", form={**form, "name": "Another"}, headers=BROWSER).status == 409
    scripted = {**BROWSER, "hx-request": "true"}
    assert api("POST", "/users", form=form, headers=scripted).status == 409


def should_do_once_what_a_form_with_a_hidden_key_is_for(api: Api) -> None:
    admin, person = {**BROWSER, **cookie_of(api.admin())}, api.somebody()
    page = api("GET", f"/users/{person.id}", headers=admin)
    keys = [
        one.attributes["value"]
        for one in Markup(page.text).all("input")
        if one.attributes.get("name") == "idempotency_key"
    ]
    assert len(set(keys)) == len(keys) == 2
    form = {"idempotency_key": keys[0]}
    for _ in range(2):
        assert api("POST", f"/users/{person.id}/delete", form=form, headers=admin).status == 200
    assert api("POST", f"/users/{person.id}/restore", form={}, headers=admin).status == 303
    late = api("POST", f"/users/{person.id}/delete", form=form, headers=admin)
    assert late.status == 200
    assert "deleted_at" not in api("GET", f"/users/{person.id}", headers={"cookie": admin["cookie"]}).json


def should_take_the_key_of_a_header_before_that_of_a_form(api: Api) -> None:
    admin, person, key = api.admin(), api.somebody(), any_key()
    path, headers = f"/users/{person.id}/delete", {**BROWSER, **cookie_of(admin)}
    assert api("DELETE", f"/users/{person.id}", by=admin, key=key).status == 204
    assert api("POST", f"/users/{person.id}/restore", by=admin).status == 200
    form = {"idempotency_key": any_key()}
    assert api("POST", path, form=form, headers=headers, key=key).status == 200
    assert "deleted_at" not in api("GET", f"/users/{person.id}", by=admin).json
    assert api("POST", path, form={"idempotency_key": "not one"}, headers=headers).status == 422
    assert api("POST", path, {"idempotency_key": "not one"}, by=admin).status == 204  # JSON has a header


def should_keep_the_key_of_a_form_only_when_nobody_knows_what_became_of_it(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers, key = {**BROWSER, **cookie_of(api.somebody())}, any_key()
    form = {"name": "", "idempotency_key": key}
    assert hidden_key(api("POST", "/users/me", form=form, headers=headers)) != key

    def fail(*_: object) -> None:
        raise RuntimeError("after the write, perhaps")

    monkeypatch.setattr("functions.accounts.routes.edit_profile", fail)
    form["name"] = "Ada"
    failed = api("POST", "/users/me", form=form, headers=headers)
    assert failed.status == 500
    assert hidden_key(failed) == key
    assert 'value="Ada"' in failed.text


@pytest.mark.parametrize(
    "site",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
        {"origin": f"https://{HOST}.evil.example"},
    ],
)
def should_take_no_form_from_another_site(api: Api, site: dict[str, str]) -> None:
    admin, person = api.admin(), api.somebody()
    headers = {"accept": ACCEPT, **site, **cookie_of(admin)}
    for path, form in (
        ("/users", registration()),
        ("/sessions", {"email": person.email, "password": person.password}),
        ("/sessions/current/delete", {}),
        ("/users/me", {"name": "Eve"}),
        ("/users/me/password", {"current_password": admin.password, "new_password": any_password()}),
        ("/password-links", {"email": person.email}),
        ("/password-links/open", {"link": "x"}),
        ("/password-links/x", {}),
        (f"/users/{person.id}/delete", {}),
        (f"/users/{person.id}/restore", {}),
        (f"/users/{person.id}/role", {"role": "admin"}),
    ):
        reply = api("POST", path, form=form, headers=headers)
        assert (reply.status, "Not allowed" in reply.text) == (403, True), path
    assert {"origin": f"https://{HOST}"}.items() <= BROWSER.items()


def should_have_a_form_for_every_write_that_a_person_does() -> None:
    """What is not POST has a POST beside it: at the same address, or at `…/delete`."""
    for path, methods in OPENAPI["paths"].items():
        for method in methods.keys() - {"get", "post"}:
            alias = OPENAPI["paths"][path + ("/delete" if method == "delete" else "")]["post"]
            original = methods[method]
            assert alias["operationId"] == f"{original['operationId']}_by_form"
            assert (alias["x-access"], alias["x-function"]) == (original["x-access"], original["x-function"])


def should_share_the_memory_of_a_write_between_its_two_addresses(api: Api) -> None:
    person, key = api.somebody(), any_key()
    assert api("PATCH", "/users/me", {"name": "Ada"}, by=person, key=key).status == 200
    assert api("PATCH", "/users/me", {"name": "Grace"}, by=person).status == 200
    again = api("POST", "/users/me", {"name": "Ada"}, by=person, key=key)
    assert (again.status, again.json["name"]) == (200, "Grace")
