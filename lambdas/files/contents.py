"""What a file is, by what is in it: neither its name nor what its sender says of it is believed.

It is looked at whether the file begins, goes on and ends as its format says, so that another kind of file, a
page of HTML or half a file is not taken for a document. It is not looked for harm: nobody's browser opens a
document in the page, it is only ever downloaded.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from files.model import ContentType, Reason

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PDF: Final = re.compile(rb"%PDF-[12]\.\d")
_JPEG_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})


def judge(content: bytes, content_type: ContentType) -> Reason | None:
    """Why this is no file of that type; None if it is one."""
    found = next((kind for kind, begins in _BEGINS.items() if begins(content)), None)
    if found != content_type:
        return "wrong-type"
    return None if _IS_WHOLE[found](content) else "damaged"


def _begins_pdf(content: bytes) -> bool:
    # Readers accept some bytes before the header: ISO 32000-1, annex H.3.4.1.
    return _PDF.search(content, 0, 1024) is not None


def _is_whole_pdf(content: bytes) -> bool:
    end = content[-1024:]
    return b"%%EOF" in end and b"startxref" in end


def _is_whole_png(content: bytes) -> bool:
    """Chunks up to the last, each with its checksum: https://www.w3.org/TR/png-3/#5DataRep."""
    position, first = len(_PNG), True
    while position + 12 <= len(content):
        length = int.from_bytes(content[position : position + 4])
        kind = content[position + 4 : position + 8]
        body = position + 8 + length
        checksum = content[body : body + 4]
        if len(checksum) < 4 or zlib.crc32(content[position + 4 : body]) != int.from_bytes(checksum):
            return False
        if first and (kind, length) != (b"IHDR", 13):
            return False
        if kind == b"IEND":
            return True
        position, first = body + 4, False
    return False


def _is_whole_jpeg(content: bytes) -> bool:
    """Segments up to the picture, then its end: ITU-T T.81, annex B."""
    position = 2
    while position + 4 <= len(content):
        if content[position] != 0xFF:
            return False
        marker = content[position + 1]
        if marker == 0xFF:  # any marker may be preceded by these
            position += 1
            continue
        if marker in _JPEG_WITHOUT_LENGTH:
            position += 2
            continue
        if marker == 0xDA:
            return b"\xff\xd9" in content[position:]
        length = int.from_bytes(content[position + 2 : position + 4])
        if length < 2:
            return False
        position += 2 + length
    return False


_BEGINS: Final[Mapping[ContentType, Callable[[bytes], bool]]] = {
    "image/png": lambda content: content.startswith(_PNG),
    "image/jpeg": lambda content: content.startswith(b"\xff\xd8\xff"),
    "application/pdf": _begins_pdf,
}
_IS_WHOLE: Final[Mapping[ContentType, Callable[[bytes], bool]]] = {
    "application/pdf": _is_whole_pdf,
    "image/png": _is_whole_png,
    "image/jpeg": _is_whole_jpeg,
}
