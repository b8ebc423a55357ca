"""The API answers only those who know the origin secret: the edge, and the operators' commands."""

import hmac

from web.cached_secret import CachedSecret
from web.problems import Problem


class Origin:
    """Compares what the edge sends with the secret's values, of which there are two while it is rotated."""

    def __init__(self, secret: CachedSecret) -> None:
        self._secret = secret

    def check(self, given: str) -> None:
        """Refuse a request that does not carry the secret."""
        if self._is_known(given) or (given and self._secret.refetch() and self._is_known(given)):
            return
        raise Problem("not-through-the-edge")

    def _is_known(self, given: str) -> bool:
        offered = given.encode("utf-8", "replace")
        known = self._secret.value()
        matches = [hmac.compare_digest(offered, known[key].encode()) for key in ("a", "b") if key in known]
        return any(matches)
