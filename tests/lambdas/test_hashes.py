"""Passwords are kept as hashes and compared with them, whoever asks."""

import pytest

from users.passwords import hash_password, matches

PASSWORD = "correct horse"
HASH = hash_password(PASSWORD)


def should_know_the_password_and_no_other() -> None:
    assert matches(PASSWORD, HASH)
    assert not matches("wrong horse", HASH)


def should_know_nobodys_password() -> None:
    assert not matches(PASSWORD, None)


@pytest.mark.parametrize("offered", ["\ud800", "", "x" * 10_000])
def should_compare_whatever_is_offered(offered: str) -> None:
    assert not matches(offered, HASH)


def should_match_nothing_that_is_no_hash() -> None:
    assert not matches(PASSWORD, "$argon2id$broken")
