"""Which requests a foreign web page may have caused. Standard library only, for the guard of every port.

A browser names the page that a request comes from: in `Origin` for whatever can change something, and in
`Sec-Fetch-Site` for everything. A page whose own name was pointed at this machine (DNS rebinding) is the same
origin to its browser, but its name stands in `Host`.

https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
"""

from collections.abc import Callable, Sequence
from typing import Final

HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
OWN_SITES: Final = frozenset({"same-origin", "none"})
HTTP_PORT: Final = 80

Values = Callable[[str], Sequence[str]]
"""Given a header's name in lower case: its values, one for each line."""


def names_this_port(values: Values, port: int) -> bool:
    """Return whether `Host` is a name of this machine itself with this port."""
    hosts = values("host")
    if len(hosts) != 1:
        return False
    accepted = {f"{host}:{port}" for host in HOSTS}
    if port == HTTP_PORT:
        accepted |= set(HOSTS)
    return hosts[0].lower() in accepted


def comes_from_elsewhere(values: Values) -> bool:
    """Return whether a page of another origin caused a request; other ports of this machine are others."""
    if any(site.strip().lower() not in OWN_SITES for site in values("sec-fetch-site")):
        return True
    own = {f"http://{host.lower()}" for host in values("host")}
    return any(origin.strip().lower() not in own for origin in values("origin"))
