"""What the page takes for an answer of ours."""

import json

import pytest
from py_mini_racer import MiniRacer

from stacks.shells import SITE

PROBLEM = "application/problem+json"
TOO_LARGE = {
    "type": "urn:twinhull:problem:too-large",
    "title": "Too large",
    "status": 413,
    "detail": "The body may have at most 64 KB.",
    "code": "too-large",
}
BROWSER = """
const document = { createElement: () => ({ dataset: {}, append(text) { this.textContent = text; } }) };
class DOMParser {
  parseFromString(text) {
    const [, code] = text.match(/class="problem" data-code="(.*?)"/) ?? [];
    return { querySelector: () => (code ? { dataset: { code }, textContent: text } : null) };
  }
}
const answer = ({ status, headers, body }) => ({
  status,
  responseText: body,
  getResponseHeader: (name) => headers[name] ?? null,
});
"""


@pytest.fixture(scope="module")
def engine() -> MiniRacer:
    engine = MiniRacer()
    engine.eval(BROWSER)
    engine.eval((SITE / "scripts" / "answers.js").read_text().replace("export ", ""))
    return engine


def problem_in(engine: MiniRacer, status: int, body: str, **headers: str) -> tuple[str, str] | None:
    """Code and text of the problem that is shown, None if the answer is not ours."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    xhr = json.dumps({"status": status, "headers": named, "body": body})
    shown = json.loads(str(engine.eval(f"JSON.stringify(problemIn(answer({xhr})))")))
    return shown and (shown["dataset"]["code"], shown["textContent"])


@pytest.mark.parametrize("content_type", [PROBLEM, f"{PROBLEM}; charset=utf-8"])
@pytest.mark.parametrize("headers", [{}, {"x_served_region": "us-east-1"}], ids=["edge", "region"])
def should_show_a_problem_of_ours_whoever_sends_it(
    engine: MiniRacer, headers: dict[str, str], content_type: str
) -> None:
    shown = problem_in(engine, 413, json.dumps(TOO_LARGE), content_type=content_type, **headers)
    assert shown == ("too-large", "Too large: The body may have at most 64 KB.")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (PROBLEM, json.dumps({**TOO_LARGE, "type": "about:blank"})),
        (PROBLEM, json.dumps({"title": "Somebody else"})),
        ("application/json", json.dumps(TOO_LARGE)),
        ("application/json", json.dumps({"message": "Too Many Requests"})),
        ("text/html", '<div class="problem" data-code="theirs">ERROR</div>'),
    ],
)
def should_show_no_problem_of_anybody_else(engine: MiniRacer, content_type: str, body: str) -> None:
    assert problem_in(engine, 429, body, content_type=content_type) is None


def should_show_a_fragment_of_a_function_of_ours(engine: MiniRacer) -> None:
    body = '<div class="problem" data-code="invalid">…</div>'
    headers = {"content_type": "text/html; charset=utf-8", "x_served_region": "us-east-1"}
    assert problem_in(engine, 422, body, **headers) == ("invalid", body)
    assert problem_in(engine, 200, body, **headers) is None


def should_see_no_problem_where_no_answer_came(engine: MiniRacer) -> None:
    assert problem_in(engine, 0, "") is None
    assert problem_in(engine, 502, "") is None
