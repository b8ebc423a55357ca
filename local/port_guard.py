"""Guards a port of the local cloud against pages of other origins, and against other names for it."""

import hmac

from aiohttp import web

from local.keys import INTERNAL_HEADER, Keys
from local.same_origin import comes_from_elsewhere, names_this_port


def is_internal(request: web.BaseRequest, keys: Keys) -> bool:
    """Return whether another part of the local cloud sent a request."""
    given = request.headers.getall(INTERNAL_HEADER, [])
    return len(given) == 1 and hmac.compare_digest(given[0].encode(), keys.internal.encode())


def refusal(request: web.BaseRequest, port: int, *, from_any_page: bool = False) -> web.Response | None:
    """Return what a request that must not be served is answered; None when it may be served.

    With ``from_any_page`` only the host is checked: what decides about the page comes later.
    """

    def values(name: str) -> list[str]:
        return request.headers.getall(name, [])

    if not names_this_port(values, port):
        return problem(403, f"Only localhost:{port} and 127.0.0.1:{port} are answered here.")
    if not from_any_page and comes_from_elsewhere(values):
        return problem(403, "No page of another origin is answered here: enter the address in the browser.")
    return None


def problem(status: int, detail: str) -> web.Response:
    """Return a problem document of the local cloud's own."""
    body = {"status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")
