"""Keys by purpose, from one secret."""

import json
from datetime import timedelta

import pytest

from tests.lambdas.builders import Clock
from tests.lambdas.fakes import FakeSecret, Ticks, code_of, keys
from web.cached_secret import REFETCH_SECONDS
from web.keys import Fingerprints, LinkTokens
from web.purposes import Purpose


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


@pytest.mark.parametrize("name", ["sign", "added_a", "retired_a", "note", "A", "1", "é", "", "ab", "a\n"])
def should_never_use_what_is_said_of_keys_as_a_key(name: str) -> None:
    secret, ticks = FakeSecret(**{name: "known to everybody", "sign": "a", "a": "x" * 64}), Ticks()
    one = keys(secret, ticks)
    one.signing("session")
    ticks.now += REFETCH_SECONDS
    assert one.verifying(name, "session") is None
    assert secret.asked == 1
    secret.text = json.dumps({name: "known to everybody"} | {"sign": name})
    assert code_of(lambda: keys(secret).signing("session")) == "unavailable"


@pytest.mark.parametrize(
    ("purpose", "accepted"),
    [
        ("session", timedelta(minutes=25)),
        ("cursor", timedelta(hours=48, minutes=10)),
        ("fingerprint", timedelta(hours=48, minutes=10)),
        ("link", timedelta(days=30, minutes=10)),
    ],
)
def should_accept_a_retired_key_for_as_long_as_what_it_signed_counts(
    purpose: Purpose, accepted: timedelta
) -> None:
    clock = Clock()
    secret = FakeSecret(sign="b", a="x" * 64, b="y" * 64, retired_a=clock.now.isoformat())
    one = keys(secret, now=clock)
    clock.now += accepted - timedelta(seconds=1)
    assert one.verifying("a", purpose)
    clock.now += timedelta(seconds=1)
    assert one.verifying("a", purpose) is None
    assert one.verifying("b", purpose)


@pytest.mark.parametrize("retired", ["yesterday", "2026-11-23T09:00:00"])
def should_not_accept_a_key_that_was_retired_at_an_unknown_time(retired: str) -> None:
    secret = FakeSecret(sign="b", a="x" * 64, b="y" * 64, retired_a=retired)
    assert keys(secret, now=Clock()).verifying("a", "session") is None


def should_accept_the_key_that_signs_whatever_else_is_said_of_it() -> None:
    secret = FakeSecret(sign="a", a="x" * 64, retired_a="2020-01-01T00:00:00Z")
    assert keys(secret, now=Clock()).verifying("a", "session")


def should_find_a_new_key_within_a_minute_however_many_ids_are_made_up() -> None:
    secret, ticks = FakeSecret(sign="a", a="x" * 64), Ticks()
    one = keys(secret, ticks)
    one.signing("session")
    for second in range(600):
        ticks.now += 1
        for made_up in "cdefghijklmnopqrstuvwxyz":
            assert one.verifying(made_up, "session") is None
        if second == 300:
            secret.text = json.dumps({"sign": "b", "a": "x" * 64, "b": "y" * 64})
        if second == 300 + REFETCH_SECONDS:
            assert one.verifying("b", "session")
    assert secret.asked <= 1 + 600 / REFETCH_SECONDS


@pytest.mark.parametrize("value", [{}, {"sign": "a"}, {"a": "x"}, {"sign": "sign"}])
def should_be_unavailable_without_a_key_to_sign_with(value: dict[str, object]) -> None:
    assert code_of(lambda: keys(FakeSecret(**value)).signing("session")) == "unavailable"


def should_make_no_link_under_a_key_that_is_gone() -> None:
    tokens = LinkTokens(keys())
    assert tokens.make("usr_x", "notice", tokens.kid()) == tokens.make("usr_x", "notice", "a")
    assert code_of(lambda: tokens.make("usr_x", "notice", "b")) == "unavailable"
