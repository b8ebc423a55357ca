"""Keys by purpose, derived from one secret: no cursor can ever be taken for a session or a fingerprint."""

import hashlib
import hmac
from typing import Literal

from web.cached_secret import CachedSecret
from web.problems import Problem

Purpose = Literal["session", "cursor", "fingerprint", "link"]


class Keys:
    """The secret ``{"sign": "a", "a": "…"}``: one key signs, every key that is still there verifies."""

    def __init__(self, secret: CachedSecret) -> None:
        self._secret = secret

    def signing(self, purpose: Purpose) -> tuple[str, bytes]:
        """The id of the key that signs now, and the key."""
        kid = self._secret.value().get("sign", "")
        key = self._derive(kid, purpose)
        if key is None:
            raise Problem("unavailable")
        return kid, key

    def verifying(self, kid: str, purpose: Purpose) -> bytes | None:
        """A key by its id; an unknown id may be a new key, so it is looked for, once a minute at most."""
        key = self._derive(kid, purpose)
        if key is None and self._secret.refetch():
            key = self._derive(kid, purpose)
        return key

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

    def _derive(self, kid: str, purpose: Purpose) -> bytes | None:
        secret = self._secret.value().get(kid) if kid != "sign" else None
        return hmac.digest(secret.encode(), purpose.encode(), "sha256") if secret else None


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
