"""What an e-mail address, a name and a password must look like."""

import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from tests.lambdas.builders import NAMESPACE
from users.errors import Malformed
from users.model import is_user_id, timestamp, user_id
from users.rules import normalise_email, tidy_name, tidy_password


def code_of(rule: object, text: str) -> str:
    with pytest.raises(Malformed) as malformed:
        rule(text)  # type: ignore[operator]
    return malformed.value.code


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada.Lovelace+tag@Example.COM\u3000", "ada.lovelace+tag@example.com"),
        ("ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example.com"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("王@例子。公司", "王@xn--fsqu00a.xn--55qx5d"),
        ("ada@exam\u00adple.com", "ada@example.com"),
        ("ada@9.example", "ada@9.example"),
        ("o'brien_x!#$%&*/=?^`{|}~-@example.com", "o'brien_x!#$%&*/=?^`{|}~-@example.com"),
        ("x" * 64 + "@example.com", "x" * 64 + "@example.com"),
    ],
)
def should_normalise_an_address(typed: str, stored: str) -> None:
    assert normalise_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "ada@example.com.",
        "ada@.example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@exa mple.com",
        "ada@exam_ple.com",
        "ada@127.0.0.1",
        "ada@[127.0.0.1]",
        "ada@" + "x" * 64 + ".com",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        "a da@example.com",
        "a@da@example.com",
        '"ada"@example.com',
        "ada<x>@example.com",
        "ada\x00@example.com",
        "ada\u200b@example.com",
        "\ud800@example.com",
        "ada@\ud800.com",
        "ada@mail.example.9",
        "x" * 65 + "@example.com",
        "王" * 22 + "@example.com",
        "ada@example.com\nbcc: eve@example.com",
    ],
)
def should_refuse_what_is_no_address(typed: str) -> None:
    assert code_of(normalise_email, typed) == "malformed"


def should_take_254_characters_and_no_more() -> None:
    label = "x" * 50
    domain = f"{label}.{label}.{label}.{label}.example"
    longest = "a" * (254 - len(domain) - 1) + "@" + domain
    assert len(normalise_email(longest)) == 254
    assert code_of(normalise_email, "a" + longest) == "too-long"


def should_normalise_every_character_once_and_for_all() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    for one in (one for one in every if unicodedata.normalize("NFKC", one).lower() != one):
        try:
            once = normalise_email(f"a{one}b@example.com")
        except Malformed:
            continue
        assert normalise_email(once) == once, ascii(one)


def should_derive_the_same_id_for_every_notation_of_an_address() -> None:
    notations = ["ada@bücher.example", "ADA@xn--bcher-kva.EXAMPLE "]
    assert len({user_id(NAMESPACE, normalise_email(one)) for one in notations}) == 1
    assert user_id(UUID(int=1), "ada@example.com") != user_id(NAMESPACE, "ada@example.com")
    assert is_user_id(user_id(NAMESPACE, "ada@example.com"))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Ada ", "Ada"),
        ("王芳", "王芳"),
        ("👩‍💻", "👩‍💻"),
        ("x" * 200, "x" * 200),
        (" " + "x" * 200 + "\n", "x" * 200),
    ],
)
def should_tidy_a_name(typed: str, stored: str) -> None:
    assert tidy_name(typed) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "too-short"),
        (" \u3000\n", "too-short"),
        ("\u200b", "too-short"),
        ("x" * 201, "too-long"),
        ("A\x00da", "control-character"),
        ("A\nda", "control-character"),
        ("A\u2028da", "control-character"),
        ("A\u2029da", "control-character"),
        ("A\u202eda", "control-character"),
        ("A\ud800da", "malformed"),
        ("A\udfffda", "malformed"),
    ],
)
def should_refuse_a_name(typed: str, code: str) -> None:
    assert code_of(tidy_name, typed) == code


def should_tidy_a_password() -> None:
    assert tidy_password("ｃorrect ") == "correct "
    assert tidy_password("x" * 128) == "x" * 128
    assert code_of(tidy_password, "1234567") == "too-short"
    assert code_of(tidy_password, "correct \udc00 horse") == "malformed"
    assert code_of(tidy_password, "x" * 129) == "too-long"
    # Counted as it will be compared: a ligature is two characters, a decomposed letter one.
    assert tidy_password("ﬃ" * 3) == "ffi" * 3
    assert code_of(tidy_password, unicodedata.normalize("NFD", "é" * 7)) == "too-short"


@pytest.mark.parametrize(
    ("rule", "typed", "said"),
    [
        (normalise_email, "ada", "This is not an e-mail address."),
        (
            normalise_email,
            f"{'a' * 64}@{'x' * 60}.{'y' * 60}.{'z' * 60}.example.com",
            "At most 254 characters are allowed.",
        ),
        (tidy_name, " ", "At least one character is needed."),
        (tidy_name, "x" * 201, "At most 200 characters are allowed."),
        (tidy_name, "A\nda", "Control characters are not allowed."),
        (tidy_name, "A\ud800da", "This contains characters that cannot be stored."),
        (tidy_password, "short", "At least 8 characters are needed."),
        (tidy_password, "x" * 129, "At most 128 characters are allowed."),
    ],
)
def should_say_what_is_wrong(rule: Callable[[str], str], typed: str, said: str) -> None:
    with pytest.raises(Malformed) as malformed:
        rule(typed)
    assert malformed.value.message % malformed.value.values == said


def should_write_moments_in_utc_with_three_decimals() -> None:
    berlin = timezone(timedelta(hours=1))
    assert timestamp(datetime(2026, 1, 2, 3, 4, 5, 678999, tzinfo=berlin)) == "2026-01-02T02:04:05.678Z"
    assert timestamp(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000Z"
