"""Writes that a browser was made to send by another site are refused."""

from urllib.parse import urlsplit

from web.cookie import COOKIE
from web.problems import Problem
from web.request import Request


def check_same_site(request: Request) -> None:
    """Let a write pass if our own page sent it, or if no browser did."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if origin is None and site is None and request.cookie(COOKIE) is None:
        return
    if site == "same-origin" or (origin and _is_host(origin, request.header("x-viewer-host"))):
        return
    raise Problem("not-allowed")


def _is_host(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower() != ""
