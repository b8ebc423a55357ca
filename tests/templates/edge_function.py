"""Runs a CloudFront function as CloudFront would, with a stand-in for the module `cloudfront`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from py_mini_racer import MiniRacer

CLOUDFRONT = """
globalThis.outcome = null;
const calls = [];
const cf = {
  edgeLocation: EDGE_LOCATION,
  kvs: () => {
    if (STORE === null) { throw new Error('StoreUnavailable'); }
    return {
      get: async (key) => {
        if (!(key in STORE)) { throw new Error('KeyNotFound'); }
        return STORE[key];
      }
    };
  },
  createRequestOriginGroup: (group) => { calls.push(['group', group]); },
  selectRequestOriginById: (id) => { calls.push(['origin', id]); }
};
"""

RUN = """
(async () => handler(EVENT))().then(
  (result) => { globalThis.outcome = JSON.stringify({ result: result, calls: calls }); },
  (error) => { globalThis.outcome = JSON.stringify({ error: String(error) }); }
);
"""


@cache
def _engine() -> MiniRacer:
    return MiniRacer()


@dataclass(kw_only=True)
class Edge:
    """One edge location: where it is, and what its key-value store holds (`None`: unreachable)."""

    region: str | None = "us-east-1"
    store: Mapping[str, str] | None = field(default_factory=dict)

    def run(self, code: str, request: Mapping[str, Any]) -> "Outcome":
        """Give the viewer's request to the function and return what it decided."""
        event = {
            "version": "1.0",
            "context": {"eventType": "viewer-request", "requestId": "any-request-id"},
            "viewer": {"ip": "192.0.2.1"},
            "request": request,
        }
        location = None if self.region is None else {"name": "ANY", "region": self.region}
        parts = (
            CLOUDFRONT.replace("EDGE_LOCATION", json.dumps(location)).replace(
                "STORE", json.dumps(self.store)
            ),
            code.replace("import cf from 'cloudfront';", ""),
            RUN.replace("EVENT", json.dumps(event)),
        )
        _engine().eval(f"(function () {{ 'use strict'; {''.join(parts)} }})()")
        outcome = json.loads(str(_engine().eval("globalThis.outcome")))
        assert "error" not in outcome, outcome
        return Outcome(result=outcome["result"], calls=outcome["calls"])


@dataclass(kw_only=True)
class Outcome:
    """What the function returned, and which origins it asked for."""

    result: dict[str, Any]
    calls: list[list[Any]]

    @property
    def answered(self) -> bool:
        """Whether the function answered by itself instead of letting the request pass."""
        return "statusCode" in self.result

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the answer, or of the request as it goes on."""
        return {name: header["value"] for name, header in self.result["headers"].items()}


def any_request(
    *,
    method: str = "GET",
    uri: str = "/api/v1/users",
    headers: Mapping[str, str] | None = None,
    querystring: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Make a viewer's request as the event of a CloudFront function holds it."""
    all_headers = {"host": "twinhull.example", **(headers or {})}
    return {
        "method": method,
        "uri": uri,
        "querystring": querystring or {},
        "headers": {name: {"value": value} for name, value in all_headers.items()},
        "cookies": {},
    }
