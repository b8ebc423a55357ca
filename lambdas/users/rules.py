"""What an e-mail address, a name and a password must look like."""

import re
import unicodedata

import idna

from users.errors import Malformed
from users.messages import N_
from users.model import NAME_LENGTH

EMAIL_LENGTH = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
LOCAL_PART_LENGTH = 64
PASSWORD_LENGTHS = (8, 128)

_ATOM = re.compile(r"[^\x00-\x20\x7f()<>\[\]:;@\\,.\"]+")
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def normalise_email(text: str) -> str:
    """Trimmed, NFKC, lower case, domain in ASCII; dots and plus tags are kept.

    >>> normalise_email(" Ada+x@BÜCHER.example ")
    'ada+x@xn--bcher-kva.example'
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().lower())
    local, at, domain = folded.rpartition("@")
    if not at or not _is_local_part(local):
        raise _no_address()
    try:
        domain = idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise _no_address() from None
    labels = domain.split(".")
    if len(labels) < 2 or not labels[-1] or labels[-1].isdigit():
        raise _no_address()
    email = f"{local}@{domain}"
    if len(email) > EMAIL_LENGTH:
        raise Malformed("too-long", N_("At most %(most)d characters are allowed."), most=EMAIL_LENGTH)
    return email


def tidy_name(text: str) -> str:
    """Trimmed, 1 to 200 characters, none of them a control character, at least one visible."""
    name = _storable(text).strip()
    if any(unicodedata.category(one) in {"Cc", "Zl", "Zp"} or one in _BIDI_CONTROLS for one in name):
        raise Malformed("control-character", N_("Control characters are not allowed."))
    if not any(unicodedata.category(one)[0] in "LMNPS" for one in name):
        raise Malformed("too-short", N_("At least one character is needed."))
    if len(name) > NAME_LENGTH:
        raise Malformed("too-long", N_("At most %(most)d characters are allowed."), most=NAME_LENGTH)
    return name


def normalise_password(text: str) -> str:
    """NFKC, so that the same password typed on another keyboard is the same."""
    return unicodedata.normalize("NFKC", text)


def tidy_password(text: str) -> str:
    """A new password in NFKC, 8 to 128 characters."""
    password = normalise_password(_storable(text))
    least, most = PASSWORD_LENGTHS
    if len(password) < least:
        raise Malformed("too-short", N_("At least %(least)d characters are needed."), least=least)
    if len(password) > most:
        raise Malformed("too-long", N_("At most %(most)d characters are allowed."), most=most)
    return password


def _is_local_part(text: str) -> bool:
    return (
        0 < len(text.encode("utf-8", "replace")) <= LOCAL_PART_LENGTH
        and all(_ATOM.fullmatch(atom) for atom in text.split("."))
        and not any(unicodedata.category(one)[0] in "CZ" for one in text)
    )


def _storable(text: str) -> str:
    if any("\ud800" <= one <= "\udfff" for one in text):
        raise Malformed("malformed", N_("This contains characters that cannot be stored."))
    return text


def _no_address() -> Malformed:
    return Malformed("malformed", N_("This is not an e-mail address."))
