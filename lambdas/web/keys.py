"""Keys by purpose, derived from one secret: no cursor can ever be taken for a session or a fingerprint."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from web.cached_secret import CachedSecret
from web.problems import Problem
from web.purposes import Purpose, accepted_for

KEY_ID: Final = re.compile(r"[a-z]")


def is_key_id(name: str) -> bool:
    """Whether a member of the secret is a key; all others, like `sign` and `retired_a`, speak of keys."""
    return KEY_ID.fullmatch(name) is not None


class Keys:
    """The secret ``{"sign": "b", "a": "…", "retired_a": "…", "b": "…", "added_b": "…"}``.

    One key signs. A retired one verifies for as long as what it signed counts, each purpose by itself.
    """

    def __init__(self, secret: CachedSecret, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._secret = secret
        self._now = now

    def signing(self, purpose: Purpose) -> tuple[str, bytes]:
        """The id of the key that signs now, and the key."""
        value = self._secret.value()
        kid = value.get("sign", "")
        if not is_key_id(kid) or kid not in value:
            raise Problem("unavailable")
        return kid, _derive(value[kid], purpose)

    def verifying(self, kid: str, purpose: Purpose) -> bytes | None:
        """A key by its id; an unknown id may be a new key, so it is looked for, once a minute at most.

        Ids that nobody has can therefore neither make many requests of one nor keep a new key unknown for
        longer than a minute; and each look is a fresh value, so that they delay no other look either.
        """
        if not is_key_id(kid):
            return None
        value = self._secret.value()
        if kid not in value and self._secret.refetch():
            value = self._secret.value()
        if kid not in value or not self._is_accepted(kid, purpose, value):
            return None
        return _derive(value[kid], purpose)

    def sign(self, message: bytes, purpose: Purpose) -> str:
        """``<kid>.<hex>``."""
        kid, key = self.signing(purpose)
        return f"{kid}.{hmac.new(key, message, hashlib.sha256).hexdigest()}"

    def verify(self, message: bytes, signature: str, purpose: Purpose) -> bool:
        """Whether ``sign`` has made this signature of this message, now or under an earlier key."""
        kid, _, given = signature.partition(".")
        key = self.verifying(kid, purpose)
        if key is None:
            return False
        made = hmac.new(key, message, hashlib.sha256).hexdigest()
        return hmac.compare_digest(made.encode(), given.encode("utf-8", "replace"))

    def _is_accepted(self, kid: str, purpose: Purpose, value: Mapping[str, str]) -> bool:
        retired = value.get(f"retired_{kid}")
        if retired is None or kid == value.get("sign"):
            return True
        try:
            return self._now() < datetime.fromisoformat(retired) + accepted_for(purpose)
        except (ValueError, TypeError):  # no time, or one without its zone
            return False


class Fingerprints:
    """Signs and recognises the fingerprints of writes (``users.change.Signer``)."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def sign(self, message: bytes) -> str:
        return self._keys.sign(message, "fingerprint")

    def verify(self, message: bytes, signature: str) -> bool:
        return self._keys.verify(message, signature, "fingerprint")


class LinkTokens:
    """Makes the tokens of links (``users.links.Tokens``)."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def kid(self) -> str:
        return self._keys.signing("link")[0]

    def make(self, user_id: str, notice_id: str, kid: str) -> str:
        key = self._keys.verifying(kid, "link")
        if key is None:
            raise Problem("unavailable")
        signature = hmac.new(key, f"{user_id} {notice_id}".encode(), hashlib.sha256).hexdigest()
        return f"{user_id}.{kid}.{signature}"


def _derive(secret: str, purpose: Purpose) -> bytes:
    return hmac.digest(secret.encode(), purpose.encode(), "sha256")
