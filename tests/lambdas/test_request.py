"""Requests are read without trust."""

from typing import Any

import pytest

from tests.lambdas.fakes import asking, code_of
from web.languages import choose
from web.quality import qualities
from web.request import Request


@pytest.mark.parametrize(
    ("accept", "prefers_html"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html", True),
        ("text/html, application/json;q=0.9", True),
        ("text/html;q=0.5, application/json", False),
        ("text/html;q=0", False),
        ("text/html;q=nonsense", False),
        ("TEXT/HTML; level=1", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("application/problem+json, text/html;q=0.9", False),
    ],
)
def should_prefer_html_only_when_it_is_named_first(accept: str, prefers_html: bool) -> None:
    assert asking({"accept": accept}).prefers_html is prefers_html


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "en"),
        ("zh", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("ZH-TW", "zh-CN"),
        ("en, zh-CN", "en"),
        ("en;q=0.1, zh-CN;q=0.2", "zh-CN"),
        ("zh-CN;q=0", "en"),
        ("zhuang", "en"),
        (";;;q=,,é\ud800", "en"),
    ],
)
def should_choose_the_language(accepted: str, language: str) -> None:
    assert choose(accepted) == language


@pytest.mark.parametrize("weight", ["2", "0.1234", "1.5", "-1", "nan", "inf", ".5", "0.é"])
def should_read_every_weight_as_one_between_0_and_1(weight: str) -> None:
    assert 0 <= qualities(f"x;q={weight}")[0][1] <= 1


@pytest.mark.parametrize("event", [{}, {"headers": None, "requestContext": None, "cookies": 5}, {"body": 5}])
def should_make_something_of_nothing(event: dict[str, Any]) -> None:
    request = Request(event)
    assert (request.method, request.path, request.route_key, request.body) == ("", "", "", b"")
    assert request.id
    assert request.query() == {}
    assert request.cookie("x") is None


def should_refuse_a_body_over_64_kilobytes_however_it_is_encoded() -> None:
    assert len(Request({"body": "x" * 65536}).body) == 65536
    assert code_of(lambda: Request({"body": "x" * 65537}).body) == "too-large"
    assert code_of(lambda: Request({"body": "é" * 32769}).body) == "too-large"
    assert code_of(lambda: Request({"body": "eHh4" * 21846, "isBase64Encoded": True}).body) == "too-large"
    assert code_of(lambda: Request({"body": "é", "isBase64Encoded": True}).body) == "bad-json"


@pytest.mark.parametrize("query", ["a", "a=1&a=2", "=&=", "a=%ff", "&", "a=1&&b=2", "x=1&" * 30])
def should_refuse_an_unreadable_query(query: str) -> None:
    assert code_of(Request({"rawQueryString": query}).query) == "bad-query"


def should_read_a_query_as_it_was_typed() -> None:
    assert Request({"rawQueryString": "a=%E7%8E%8B+x&b="}).query() == {"a": "王 x", "b": ""}


@pytest.mark.parametrize(
    "kind",
    ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'],
)
def should_read_json(kind: str) -> None:
    assert asking({"content-type": kind}, body='{"a": "王"}').fields() == {"a": "王"}


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/jsonx",
        "application/json; charset=utf-16",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
    ],
)
def should_refuse_other_types(kind: str) -> None:
    assert code_of(asking({"content-type": kind}, body="{}").fields) == "unsupported-media-type"


def should_read_a_form_where_html_is_preferred() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8", "accept": "text/html"}
    assert asking(headers, body="name=%E7%8E%8B+x&b=").fields() == {"name": "王 x", "b": ""}
    assert asking(headers, body="").fields() == {}
    for nonsense in ("a=1&a=2", "a=%ff", "é=1", "a=1&" * 200):
        assert code_of(asking(headers, body=nonsense).fields) == "bad-json"
