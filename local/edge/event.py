"""A request as CloudFront Functions see it, and back.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from local.edge.policies import Forwarding

Values = Mapping[str, Mapping[str, Any]]
"""Name → `{"value": …}`, with `multiValue` when the name stands more than once."""


def viewer_event(
    request: web.BaseRequest, *, distribution_id: str, domain: str, request_id: str
) -> dict[str, Any]:
    """The event for a viewer's request. Cookies are apart from the other headers."""
    path, _, query = request.raw_path.partition("?")
    cookies = [
        part.strip().partition("=")
        for line in request.headers.getall("cookie", [])
        for part in line.split(";")
    ]
    return {
        "version": "1.0",
        "context": {
            "distributionDomainName": domain,
            "distributionId": distribution_id,
            "eventType": "viewer-request",
            "requestId": request_id,
        },
        "viewer": {"ip": request.remote or "127.0.0.1"},
        "request": {
            "method": request.method,
            "uri": path,
            "querystring": _values(part.partition("=")[::2] for part in query.split("&") if part),
            "headers": _values((n.lower(), v) for n, v in request.headers.items() if n.lower() != "cookie"),
            "cookies": _values((name, value) for name, separator, value in cookies if separator),
        },
    }


def origin_headers(request: Mapping[str, Any], forwarding: Forwarding) -> CIMultiDict[str]:
    """The headers, cookies among them, that go on to the origin."""
    headers = CIMultiDict((n, v) for n, v in _pairs(request["headers"]) if forwarding.header(n))
    cookies = [f"{name}={value}" for name, value in _pairs(request["cookies"]) if forwarding.cookie(name)]
    if cookies:
        headers["cookie"] = "; ".join(cookies)
    return headers


def origin_target(request: Mapping[str, Any], forwarding: Forwarding) -> str:
    """The path, with the query parameters that go on to the origin."""
    query = [
        f"{name}={value}" if value else name
        for name, value in _pairs(request["querystring"])
        if forwarding.parameter(name)
    ]
    return f"{request['uri']}?{'&'.join(query)}" if query else str(request["uri"])


def generated_response(returned: Mapping[str, Any]) -> web.Response:
    """The answer that a function gives instead of an origin."""
    headers = CIMultiDict(_pairs(returned.get("headers") or {}))
    for name, cookie in (returned.get("cookies") or {}).items():
        attributes = f"; {cookie['attributes']}" if cookie.get("attributes") else ""
        headers.add("set-cookie", f"{name}={cookie['value']}{attributes}")
    body = returned.get("body") or ""
    if isinstance(body, dict):
        data = str(body["data"])
        payload = base64.b64decode(data) if body.get("encoding") == "base64" else data.encode()
    else:
        payload = str(body).encode()
    return web.Response(
        status=int(returned["statusCode"]),
        reason=returned.get("statusDescription"),
        headers=headers,
        body=payload,
    )


def _values(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = {}
    for name, value in pairs:
        if name not in values:
            values[name] = {"value": value}
            continue
        first = values[name]
        first.setdefault("multiValue", [{"value": first["value"]}]).append({"value": value})
    return values


def _pairs(values: Values) -> list[tuple[str, str]]:
    return [
        (name, str(single["value"]))
        for name, entry in values.items()
        for single in entry.get("multiValue") or [entry]
    ]
