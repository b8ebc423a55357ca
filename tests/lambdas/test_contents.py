"""What a file is, by what is in it."""

import pytest

from files.contents import judge
from files.model import ContentType
from tests.lambdas.files import FILES, JPEG, PDF, PNG

TYPES = list(FILES)


@pytest.mark.parametrize("kind", TYPES)
def should_accept_a_file_of_the_type_that_was_announced(kind: ContentType) -> None:
    assert judge(FILES[kind], kind) is None


@pytest.mark.parametrize("announced", TYPES)
@pytest.mark.parametrize("kind", TYPES)
def should_refuse_a_file_of_another_type(kind: ContentType, announced: ContentType) -> None:
    if kind != announced:
        assert judge(FILES[kind], announced) == "wrong-type"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 64,
        b"<!doctype html>",
        b"PK\x03\x04",
        b"MZ",
        b"%PDF",
        b"\x89PNG",
        b"GIF89a",
    ],
)
@pytest.mark.parametrize("kind", TYPES)
def should_refuse_what_is_none_of_the_types(kind: ContentType, content: bytes) -> None:
    assert judge(content, kind) == "wrong-type"


@pytest.mark.parametrize("kind", TYPES)
def should_notice_wherever_a_file_was_cut_off(kind: ContentType) -> None:
    content = FILES[kind]
    # What follows the end marker of a PDF, a line break, may be missing.
    faults = {judge(content[:length], kind) for length in range(len(content) - 2)}
    assert faults == {"wrong-type", "damaged"}


def should_notice_a_changed_byte_of_a_png() -> None:
    for place in range(8, len(PNG)):
        assert judge(PNG[:place] + bytes([PNG[place] ^ 1]) + PNG[place + 1 :], "image/png") == "damaged", (
            place
        )


@pytest.mark.parametrize(
    "content",
    [
        JPEG.replace(b"\xff\xe0\x00\x10", b"\xff\xe0\x00\x01"),
        JPEG.replace(b"\xff\xe0\x00\x10", b"\xff\xe0\xff\xff"),
        JPEG.replace(b"\xff\xff\xff\xdb", b"\xff\xff\x00\xdb"),
        JPEG.replace(b"\xff\xff\xff\xdb", b"\x00\xff\xff\xdb"),
        JPEG.replace(b"\xff\xd9", b"\xff\x00"),
        b"\xff\xd8\xff\x01" * 9,
    ],
)
def should_notice_a_jpeg_that_leads_nowhere(content: bytes) -> None:
    assert judge(content, "image/jpeg") == "damaged"


def should_notice_a_png_without_its_header() -> None:
    header = 4 + 4 + 13 + 4
    assert judge(PNG[:8] + PNG[8 + header :], "image/png") == "damaged"


def should_accept_a_little_before_the_header_of_a_pdf_and_after_its_end() -> None:
    assert judge(b"\r\n" + PDF + b"\0" * 100, "application/pdf") is None
    assert judge(b" " * 1024 + PDF, "application/pdf") == "wrong-type"
    assert judge(PDF + b" " * 1024, "application/pdf") == "damaged"
