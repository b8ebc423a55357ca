"""A request as the HTTP API hands it over (payload 2.0), read without trust."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NoReturn
from urllib.parse import parse_qsl
from uuid import uuid4

from users.messages import N_
from users.model import User
from web.languages import Language, choose
from web.problems import FieldError, Problem
from web.quality import qualities

BODY_LIMIT = 64 * 1024
#: The field of a form that stands for the header `Idempotency-Key`, which forms cannot send.
KEY_FIELD = "idempotency_key"
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Request:
    """One request. Nothing here fails on nonsense, except the methods that say what they raise.

    :ivar viewer: who asks, as soon as that is known.
    """

    def __init__(self, event: Mapping[str, Any]) -> None:
        context = _mapping(event.get("requestContext"))
        self._event = event
        self.headers = {
            str(name).lower(): str(value) for name, value in _mapping(event.get("headers")).items()
        }
        self.route_key = str(event.get("routeKey") or "")
        self.path = str(event.get("rawPath") or "")
        self.method = str(_mapping(context.get("http")).get("method") or "").upper()
        self.id = str(context.get("requestId") or uuid4())
        self.viewer: User | None = None

    def header(self, name: str) -> str:
        """A header's value, empty if it is absent."""
        return self.headers.get(name, "")

    def path_parameter(self, name: str) -> str:
        return str(_mapping(self._event.get("pathParameters")).get(name) or "")

    @cached_property
    def language(self) -> Language:
        return choose(self.header("accept-language"))

    @cached_property
    def prefers_html(self) -> bool:
        weights = dict(qualities(self.header("accept")))
        json_weight = max(weights.get("application/json", 0.0), weights.get("application/problem+json", 0.0))
        return weights.get("text/html", 0.0) > json_weight

    @property
    def wants_fragment(self) -> bool:
        """Whether a script of the page asks, which puts the answer into what is shown already."""
        return self.prefers_html and self.header("hx-request").lower() == "true"

    @property
    def wants_page(self) -> bool:
        """Whether the answer is all that will be shown."""
        return self.prefers_html and not self.wants_fragment

    @property
    def is_form(self) -> bool:
        """Whether the body is a form's, which counts only where HTML is preferred."""
        return self.prefers_html and self._content_type == ("application/x-www-form-urlencoded", True)

    def cookie(self, name: str) -> str | None:
        """A cookie, from where payload 2.0 puts it or from the header; None if it is absent."""
        listed = self._event.get("cookies")
        given = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
        for part in [*given, *self.header("cookie").split(";")]:
            key, equals, value = part.partition("=")
            if equals and key.strip() == name:
                return value.strip()
        return None

    @cached_property
    def body(self) -> bytes:
        """The body; raises ``bad-json`` when it cannot be decoded, ``too-large`` above 64 KB."""
        text = self._event.get("body")
        if not isinstance(text, str):
            return b""
        if self._event.get("isBase64Encoded"):
            try:
                decoded = base64.b64decode(text, validate=True)
            except (binascii.Error, ValueError):
                raise Problem("bad-json") from None
        else:
            decoded = text.encode("utf-8", "surrogatepass")
        if len(decoded) > BODY_LIMIT:
            raise Problem("too-large")
        return decoded

    def fields(self) -> object:
        """The body's content: any JSON value, or a form's fields; raises what is wrong with it."""
        if self.is_form:
            return {name: value for name, value in _from_form(self.body).items() if name != KEY_FIELD}
        if self._content_type == ("application/json", True):
            return _from_json(self.body)
        raise Problem("unsupported-media-type")

    @cached_property
    def _content_type(self) -> tuple[str, bool]:
        """The media type, and whether its text is UTF-8."""
        kind, _, parameters = self.header("content-type").partition(";")
        charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters, re.IGNORECASE)
        is_utf8 = charset is None or charset[1].lower() in {"utf-8", "utf8", "us-ascii"}
        return kind.strip().lower(), is_utf8

    def query(self) -> dict[str, str]:
        """The query's parameters; raises ``bad-query`` when it is unreadable or names one twice."""
        text = self._event.get("rawQueryString")
        try:
            pairs = parse_qsl(
                text if isinstance(text, str) else "",
                keep_blank_values=True,
                strict_parsing=bool(text),
                encoding="utf-8",
                errors="strict",
                max_num_fields=20,
            )
        except ValueError:
            raise Problem("bad-query") from None
        if len(dict(pairs)) < len(pairs):
            raise Problem("bad-query")
        return dict(pairs)

    def idempotency_key(self) -> str | None:
        """The caller's key, from the header or else from a form; raises ``invalid`` when it is malformed."""
        given, pointer = self.headers.get("idempotency-key"), "/Idempotency-Key"
        if given is None and self.is_form:
            pointer = f"/{KEY_FIELD}"
            try:
                given = _from_form(self.body).get(KEY_FIELD)
            except Problem:
                given = ""  # nobody can tell whether there is one
        if given is not None and not _KEY.fullmatch(given):
            raise Problem(
                "invalid",
                errors=(
                    FieldError(
                        pointer=pointer,
                        code="malformed",
                        message=N_("1 to 64 of the characters A-Z, a-z, 0-9, _ and - are allowed."),
                    ),
                ),
            )
        return given


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _from_json(body: bytes) -> object:
    try:
        return json.loads(body.decode(), parse_constant=_refuse, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise Problem("bad-json") from None


def _from_form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
        return _unique(pairs)
    except ValueError:
        raise Problem("bad-json") from None


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 8259 leaves open which of two equal names counts; the edge and this function must not disagree.
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError("the same name twice")
        found[name] = value
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
