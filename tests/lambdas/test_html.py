"""The same answers as fragments of the page: through the functions, with the site's own templates."""

import re

import pytest

from tests.lambdas.api import Api
from tests.lambdas.builders import any_email, any_key, any_password

HTML = {"accept": "text/html", "hx-request": "true"}
CHINESE = {**HTML, "accept-language": "zh-CN"}


def should_answer_every_route_in_html(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    register = {"email": any_email(), "password": any_password(), "name": "王 & <Fang>"}
    for reply, status in (
        (api("POST", "/users", form=register, headers=HTML), 201),
        (api("POST", "/sessions", form={k: register[k] for k in ("email", "password")}, headers=HTML), 201),
        (api("PATCH", "/users/me", form={"name": "Ada"}, headers=HTML, by=person), 200),
        (api("GET", "/users", headers=HTML, by=admin), 200),
        (api("GET", "/users", query="state=deleted", headers=HTML, by=admin), 200),
        (api("GET", "/users/me", headers=HTML, by=person), 200),
        (api("GET", f"/users/{person.id}", headers=HTML, by=admin), 200),
        (api("DELETE", f"/users/{person.id}", headers=HTML, by=admin), 200),
        (api("POST", f"/users/{person.id}/restore", headers=HTML, by=admin), 200),
    ):
        assert reply.status == status
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
        assert reply.headers["content-language"] == "en"
        assert reply.text.strip()
        assert "<Fang>" not in reply.text
        assert "<html" not in reply.text


def should_set_the_cookie_and_keep_the_token_out_of_the_fragment(api: Api) -> None:
    person = api.somebody()
    form = {"email": person.email, "password": person.password}
    reply = api("POST", "/sessions", form=form, headers=HTML)
    token = re.match(r"__Host-session=([^;]+)", reply.headers["set-cookie"])
    assert token
    assert token[1] not in reply.text
    assert person.name in reply.text


def should_list_people_and_lead_on_to_the_next(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    first = api("GET", "/users", query={"limit": "1"}, headers=HTML, by=admin).text
    cursor = api("GET", "/users", query={"limit": "1"}, by=admin).json["next_cursor"]
    assert (person.id in first, admin.id in first) == (True, False)
    assert cursor in first
    query = {"limit": "1", "cursor": cursor}
    last = api("GET", "/users", query=query, headers=HTML, by=admin).text
    assert (person.id in last, admin.id in last, "cursor=" in last) == (False, True, False)


def should_add_nothing_when_nobody_is_left_on_a_later_page(api: Api) -> None:
    first, admin = api.somebody(), api.admin()
    page = api("GET", "/users", query={"limit": "1"}, by=admin).json
    query = {"limit": "1", "cursor": page["next_cursor"]}
    assert api("DELETE", f"/users/{first.id}", by=admin).status == 204
    later = api("GET", "/users", query=query, headers=HTML, by=admin)
    assert (later.status, later.text.strip()) == (200, "")
    nobody = {"state": "deleted"}
    assert api("POST", f"/users/{first.id}/restore", by=admin).status == 200
    assert "Nobody is here yet." in api("GET", "/users", query=nobody, headers=HTML, by=admin).text


def should_offer_to_undo_a_deletion(api: Api) -> None:
    admin, person = api.admin(), api.somebody()
    reply = api("DELETE", f"/users/{person.id}", headers=CHINESE, by=admin)
    assert f"/api/v1/users/{person.id}/restore" in reply.text
    assert re.search(r"[\u4e00-\u9fff]", reply.text)
    assert reply.headers["content-language"] == "zh-CN"


def should_repeat_a_fragment_like_the_first_time(api: Api) -> None:
    person = api.somebody()
    key = any_key()
    first = api("DELETE", "/users/me", headers=HTML, by=person, key=key)
    again = api("DELETE", "/users/me", headers=HTML, by=person, key=key)
    assert (first.status, first.text) == (again.status, again.text)


def should_say_what_is_wrong_in_html_too(api: Api) -> None:
    form = {"email": "nobody", "password": "short", "name": "<b>"}
    reply = api("POST", "/users", form=form, headers=CHINESE)
    assert reply.status == 422
    assert reply.headers["content-type"].startswith("text/html")
    assert 'data-code="invalid"' in reply.text
    assert 'data-pointer="/email"' in reply.text
    assert re.search(r"[\u4e00-\u9fff]", reply.text)


def should_survive_the_names_of_fields_that_cannot_be_shown(api: Api) -> None:
    for headers in (HTML, {}):
        reply = api("POST", "/users", {"\ud800<x>": 1}, headers=headers)
        assert reply.status == 422
        assert "<x>" not in reply.text or not headers
        reply.text.encode()


def should_log_out_without_a_body(api: Api) -> None:
    reply = api("DELETE", "/sessions/current", headers=HTML, by=api.somebody())
    assert (reply.status, reply.text) == (204, "")


def should_take_forms_only_where_html_is_preferred(api: Api) -> None:
    form = {"email": any_email(), "password": any_password(), "name": "Ada"}
    assert api("POST", "/users", form=form).code == "unsupported-media-type"
    assert api("POST", "/users", form={**form, "locale": ""}, headers=HTML).status == 422
    assert api("POST", "/users", form=form, headers=HTML).status == 201


def should_answer_in_json_when_a_fragment_is_broken(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.html._environment", lambda language: {}[language])
    reply = api("POST", "/users", {}, headers=HTML)
    assert (reply.status, reply.code) == (422, "invalid")
    reply = api("GET", "/users/me", headers=HTML, by=api.somebody())
    assert (reply.status, reply.code) == (500, "unexpected")
