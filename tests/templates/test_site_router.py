"""Which file of the bucket a page's address stands for: every branch of `site_router.js`."""

from typing import Any

import pytest

from tests.templates.edge_function import Edge, Outcome, any_request
from twinhull.failover_distribution.function_code import function_code

PAGES = ["/en/", "/en/login/", "/zh-CN/", "/zh-CN/register/"]
NOT_FOUND = {"en": "<h1>There is no such page</h1>", "zh-CN": "<h1>没有这个页面</h1>"}


def router(**site: Any) -> str:
    default = {"languages": ["en", "zh-CN"], "pages": PAGES, "notFound": NOT_FOUND}
    return function_code("site_router.js", SITE=default | site)


CODE = router()


def visit(
    uri: str, *, code: str = CODE, querystring: dict[str, Any] | None = None, **headers: str
) -> Outcome:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Edge().run(code, any_request(uri=uri, headers=named, querystring=querystring))


@pytest.mark.parametrize(
    ("accepted", "folder"),
    [
        ("en", "/en/"),
        ("en-GB,en;q=0.9", "/en/"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "/zh-CN/"),
        ("zh", "/zh-CN/"),
        ("zh-TW", "/zh-CN/"),
        ("ZH-hans-cn", "/zh-CN/"),
        ("en;q=0.3, zh-CN;q=0.7", "/zh-CN/"),
        ("en; q=0.7 , zh; q=0.3", "/en/"),
        ("zh;q=0", "/en/"),
        ("fr, de;q=0.9, zh;q=0.1", "/zh-CN/"),
        ("fr", "/en/"),
        ("*", "/en/"),
        ("", "/en/"),
        (";;,q=,", "/en/"),
    ],
)
def should_lead_to_the_language_that_the_visitor_prefers(accepted: str, folder: str) -> None:
    outcome = visit("/", accept_language=accepted)

    assert outcome.result["statusCode"] == 302
    assert outcome.headers == {"location": folder, "cache-control": "no-store", "vary": "Accept-Language"}


def should_lead_to_the_first_language_when_none_is_asked_for() -> None:
    assert visit("/").headers["location"] == "/en/"


def should_serve_the_only_page_at_the_root_when_there_are_no_languages() -> None:
    outcome = visit("/", code=router(languages=[], pages=[], notFound={}))

    assert not outcome.answered
    assert outcome.result["uri"] == "/index.html"


@pytest.mark.parametrize(
    ("uri", "file"),
    [("/en/", "/en/index.html"), ("/zh-CN/", "/zh-CN/index.html"), ("/en/login/", "/en/login/index.html")],
)
def should_serve_a_folders_page(uri: str, file: str) -> None:
    outcome = visit(uri)

    assert not outcome.answered
    assert outcome.result["uri"] == file


@pytest.mark.parametrize("uri", ["/en", "/en/login", "/zh-CN/register"])
def should_add_the_slash_that_a_folder_ends_in(uri: str) -> None:
    outcome = visit(uri)

    assert outcome.result["statusCode"] == 302
    assert outcome.headers["location"] == f"{uri}/"


def should_keep_the_query_in_a_redirect() -> None:
    query = {
        "next": {"value": "%2Fen%2F%3Fa%3D1"},
        "flag": {"value": ""},
        "tag": {"value": "a", "multiValue": [{"value": "a"}, {"value": "b"}]},
    }

    assert visit("/en/login", querystring=query).headers["location"] == (
        "/en/login/?next=%2Fen%2F%3Fa%3D1&flag&tag=a&tag=b"
    )


@pytest.mark.parametrize(
    ("uri", "location"),
    [
        ("//evil.example", "/evil.example"),
        ("//evil/path", "/evil/path/"),
        ("/\\evil/path", "/evil/path/"),
        ("///evil", "/evil/"),
        ("//", "/en/"),
    ],
)
def should_never_lead_to_another_site(uri: str, location: str) -> None:
    outcome = visit(uri, code=router(pages=[]))

    assert (outcome.headers["location"] if outcome.answered else outcome.result["uri"]) == location


@pytest.mark.parametrize(
    "uri", ["/assets/page-0a1b2c3d4e5f.js", "/assets/style-0a1b.css", "/favicon.ico", "/en/any.html"]
)
def should_leave_files_alone(uri: str) -> None:
    outcome = visit(uri)

    assert not outcome.answered
    assert outcome.result["uri"] == uri
    assert outcome.calls == []


@pytest.mark.parametrize(
    ("uri", "accepted", "language"),
    [
        ("/en/nothing/", "zh", "en"),
        ("/en/nothing", "zh", "en"),
        ("/zh-CN/login/", "en", "zh-CN"),
        ("/nothing", "zh", "zh-CN"),
        ("/nothing/deeper/", "fr", "en"),
        ("//evil/path", "en", "en"),
    ],
)
def should_say_in_the_visitors_language_that_there_is_no_such_page(
    uri: str, accepted: str, language: str
) -> None:
    outcome = visit(uri, accept_language=accepted)

    assert outcome.result["statusCode"] == 404
    assert outcome.result["body"] == {"encoding": "text", "data": NOT_FOUND[language]}
    assert outcome.headers["content-type"] == "text/html; charset=utf-8"
    assert outcome.headers["cache-control"] == "no-store"
    assert outcome.headers["content-security-policy"].startswith("default-src 'none';")
