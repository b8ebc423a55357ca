"""A bucket's public side: what browsers send and take without credentials of their own.

They reach it under the front's address as `/<bucket>/…`. What they do is signed in the request: a form by its
policy, a link by its query; the emulator checks both. Which pages may do so is up to the bucket's CORS rules.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from xml.etree import ElementTree

from aiohttp import web

PREFLIGHT = "access-control-request-method"


def is_public(request: web.BaseRequest) -> bool:
    """Whether a request by address is one for a bucket: a form, a link, or a browser's question before."""
    return (
        "X-Amz-Signature" in request.query
        or request.content_type == "multipart/form-data"
        or (request.method == "OPTIONS" and PREFLIGHT in request.headers)
    )


def is_signed(request: web.BaseRequest, body: bytes) -> bool:
    """Whether it says who vouches for it: the emulator would let everybody post without a policy."""
    return "X-Amz-Signature" in request.query or b'name="x-amz-signature"' in body.lower()


def allowed(configuration: bytes, request: web.BaseRequest) -> Mapping[str, str] | None:
    """The headers by which a bucket with these CORS rules lets the request's page read; None: it does not.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
    """
    origin = request.headers.get("origin", "")
    method = request.headers.get(PREFLIGHT, request.method)
    asked = request.headers.get("access-control-request-headers", "")
    wanted = [one.strip().lower() for one in asked.split(",") if one.strip()]
    for rule in ElementTree.fromstring(configuration).iter():
        if not rule.tag.endswith("CORSRule"):
            continue
        named: dict[str, list[str]] = {}
        for child in rule:
            named.setdefault(child.tag.rpartition("}")[2], []).append(child.text or "")
        origins, headers = named.get("AllowedOrigin", []), named.get("AllowedHeader", [])
        if (
            _matches(origin, origins)
            and method in named.get("AllowedMethod", [])
            and all(_matches(one, (header.lower() for header in headers)) for one in wanted)
        ):
            found = {
                "access-control-allow-origin": "*" if "*" in origins else origin,
                "access-control-allow-methods": ", ".join(named["AllowedMethod"]),
                "vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
            }
            if wanted:
                found["access-control-allow-headers"] = ", ".join(wanted)
            return found
    return None


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)
