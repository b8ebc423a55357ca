"""The session cookie: for this host and https only, out of reach of scripts and of other sites."""

from datetime import timedelta

COOKIE = "__Host-session"
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"
CLEARED = f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}"


def set_cookie(token: str, lifetime: timedelta) -> str:
    """The header's value that keeps a token as long as it counts."""
    return f"{COOKIE}={token}; Max-Age={int(lifetime.total_seconds())}; {_ATTRIBUTES}"
