"""Keys by purpose, from one secret."""

import json

import pytest

from tests.lambdas.fakes import FakeSecret, Ticks, code_of, keys
from web.cached_secret import REFETCH_SECONDS
from web.keys import Fingerprints


def should_derive_another_key_for_every_purpose() -> None:
    one = keys()
    assert one.signing("session")[0] == "a"
    assert len({one.signing(purpose)[1] for purpose in ("session", "cursor", "fingerprint")}) == 3
    signature = one.sign(b"message", "cursor")
    assert one.verify(b"message", signature, "cursor")
    assert not one.verify(b"message", signature, "fingerprint")


def should_verify_with_the_old_key_after_another_signs() -> None:
    secret = FakeSecret(sign="a", a="x" * 64, b="y" * 64)
    signature = Fingerprints(keys(secret)).sign(b"message")
    secret.text = json.dumps({"sign": "b", "a": "x" * 64, "b": "y" * 64})
    assert Fingerprints(keys(secret)).verify(b"message", signature)
    assert Fingerprints(keys(secret)).sign(b"message").startswith("b.")


def should_look_for_an_unknown_key_once_a_minute() -> None:
    secret, ticks = FakeSecret(sign="a", a="x" * 64), Ticks()
    one = keys(secret, ticks)
    assert one.verifying("b", "session") is None
    secret.text = json.dumps({"sign": "a", "a": "x" * 64, "b": "y" * 64})
    assert one.verifying("b", "session") is None
    ticks.now += REFETCH_SECONDS
    assert one.verifying("b", "session")


@pytest.mark.parametrize("signature", ["", ".", "a", "a.", "sign.", "b.00", "a.é", "a.\ud800"])
def should_not_take_what_it_did_not_sign(signature: str) -> None:
    assert not keys().verify(b"message", signature, "cursor")


def should_never_use_the_name_of_the_signing_key_as_a_key() -> None:
    assert keys().verifying("sign", "session") is None


@pytest.mark.parametrize("value", [{}, {"sign": "a"}, {"a": "x"}, {"sign": "sign"}])
def should_be_unavailable_without_a_key_to_sign_with(value: dict[str, object]) -> None:
    assert code_of(lambda: keys(FakeSecret(**value)).signing("session")) == "unavailable"
