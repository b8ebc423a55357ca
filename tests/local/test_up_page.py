"""The page as it is served: both languages, its policy, and its files."""

import re

import pytest

from tests.cloud import Cloud

REFERENCE = re.compile(r'(?:href|src)="(/assets/[^"]+)"')


@pytest.mark.parametrize(
    ("preference", "expected"), [("en-GB,en;q=0.9", "/en/"), ("zh-CN,zh;q=0.9", "/zh-CN/"), ("", "/en/")]
)
def should_lead_to_the_page_in_the_readers_language(cloud: Cloud, preference: str, expected: str) -> None:
    answer = cloud.edge("GET", "/", headers={"accept-language": preference})
    assert (answer.status, answer.headers["location"]) == (302, expected)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def should_serve_the_page_with_a_strict_policy(cloud: Cloud, language: str) -> None:
    answer = cloud.edge("GET", f"/{language}/")
    assert answer.status == 200
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"


def should_serve_every_file_that_the_page_refers_to_for_ever(cloud: Cloud) -> None:
    references = set(REFERENCE.findall(cloud.edge("GET", "/en/").text))
    assert len(references) >= 3
    for reference in references:
        answer = cloud.edge("GET", reference)
        assert answer.status == 200, reference
        assert "immutable" in answer.headers["cache-control"]
        head = cloud.edge("HEAD", reference)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def should_answer_unknown_addresses_by_a_page_in_their_language(cloud: Cloud, language: str) -> None:
    answer = cloud.edge("GET", f"/{language}/nowhere/")
    assert answer.status == 404
    assert f'<html lang="{language}"' in answer.text


def should_answer_an_unchanged_file_by_304(cloud: Cloud) -> None:
    first = cloud.edge("GET", "/en/")
    again = cloud.edge("GET", "/en/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def should_take_no_writes_where_the_page_is(cloud: Cloud) -> None:
    assert cloud.edge("POST", "/en/", body=b"x").status == 403
