"""The client's rule: whether a failed write is tried once more, and where."""

import json
from typing import Any

import pytest
from py_mini_racer import MiniRacer

from stacks.shells import SITE

OTHER = {"x-retry-other-region": "1"}
AVOID = {"x-avoid-region": "us-east-1"}


@pytest.fixture(scope="module")
def engine() -> MiniRacer:
    engine = MiniRacer()
    engine.eval((SITE / "scripts" / "failover.js").read_text().replace("export ", ""))
    return engine


def headers_of_retry(engine: MiniRacer, **answer: Any) -> Any:
    return json.loads(str(engine.eval(f"JSON.stringify(headersOfRetry({json.dumps(answer)}))")))


@pytest.mark.parametrize("status", [0, 429, 500, 502, 503, 504])
def should_try_the_other_region_when_no_function_of_ours_answered(engine: MiniRacer, status: int) -> None:
    assert headers_of_retry(engine, status=status) == OTHER


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def should_avoid_the_region_that_the_failed_answer_itself_names(engine: MiniRacer, status: int) -> None:
    answer = headers_of_retry(engine, status=status, servedRegion="us-east-1", code="unavailable")
    assert answer == AVOID


def should_obey_a_429_of_ours_and_retry_the_platforms(engine: MiniRacer) -> None:
    assert headers_of_retry(engine, status=429, servedRegion="us-east-1", code="slow-down") is None
    assert headers_of_retry(engine, status=429) == OTHER


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422])
def should_take_every_other_answer_as_final(engine: MiniRacer, status: int) -> None:
    assert headers_of_retry(engine, status=status, servedRegion="us-east-1", code="any") is None


def should_take_the_edges_own_refusal_as_final(engine: MiniRacer) -> None:
    assert headers_of_retry(engine, status=413, code="too-large") is None


def should_give_a_write_five_seconds(engine: MiniRacer) -> None:
    assert engine.eval("PATIENCE") == 5000
