"""What a behaviour's policies let through to the origin, and what they add to the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from multidict import CIMultiDict

ALWAYS_FORWARDED = frozenset(
    {"content-type", "content-encoding", "if-match", "if-none-match", "if-modified-since",
     "if-unmodified-since", "if-range", "range"}
)  # fmt: skip
"""Headers that CloudFront passes on under any policy (a request's body would mean nothing without them)."""

SECURITY_HEADERS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
    "ContentSecurityPolicy": ("content-security-policy", itemgetter("ContentSecurityPolicy")),
    "ContentTypeOptions": ("x-content-type-options", lambda _: "nosniff"),
    "FrameOptions": ("x-frame-options", itemgetter("FrameOption")),
    "ReferrerPolicy": ("referrer-policy", itemgetter("ReferrerPolicy")),
    "StrictTransportSecurity": ("strict-transport-security", lambda part: _transport_security(part)),
    "XSSProtection": ("x-xss-protection", lambda part: "1; mode=block" if part["Protection"] else "0"),
}
"""Name in the policy → header, and how its value is written."""


@dataclass(frozen=True)
class Selection:
    """Some of the headers, cookies or query parameters: those named, or all but those named."""

    names: frozenset[str] = frozenset()
    all_but: bool = False

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name.lower() in self.names) != self.all_but

    @classmethod
    def of(cls, config: Mapping[str, Any], kind: str) -> Selection:
        """Read `{"HeaderBehavior": "whitelist", "Headers": {"Items": […]}}`; Cookie and QueryString alike."""
        behaviour = str(config.get(f"{kind}Behavior") or "none")
        names = frozenset(name.lower() for name in (config.get(f"{kind}s") or {}).get("Items") or [])
        if behaviour.startswith("all"):
            return cls(names if behaviour == "allExcept" else frozenset(), all_but=True)
        return cls(names)


@dataclass(frozen=True)
class Forwarding:
    """What reaches the origin: what the cache policy or the origin request policy names."""

    headers: tuple[Selection, ...] = ()
    cookies: tuple[Selection, ...] = ()
    query: tuple[Selection, ...] = ()

    @classmethod
    def of(cls, configs: Iterable[Mapping[str, Any]]) -> Forwarding:
        """Unite the cache policy's and the origin request policy's parts."""
        parts = list(configs)
        return cls(
            headers=tuple(Selection.of(part.get("HeadersConfig") or {}, "Header") for part in parts),
            cookies=tuple(Selection.of(part.get("CookiesConfig") or {}, "Cookie") for part in parts),
            query=tuple(Selection.of(part.get("QueryStringsConfig") or {}, "QueryString") for part in parts),
        )

    def header(self, name: str) -> bool:
        """Whether a viewer's header reaches the origin; its Host never does, the origin gets its own."""
        if name.lower() == "host":
            return False
        return name.lower() in ALWAYS_FORWARDED or any(name in part for part in self.headers)

    def cookie(self, name: str) -> bool:
        """Whether a cookie reaches the origin."""
        return any(name in part for part in self.cookies)

    def parameter(self, name: str) -> bool:
        """Whether a query parameter reaches the origin."""
        return any(name in part for part in self.query)


@dataclass(frozen=True)
class ResponseHeaders:
    """The headers that a response headers policy sets, as (name, value, override), and those it removes."""

    added: tuple[tuple[str, str, bool], ...] = ()
    removed: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> ResponseHeaders:
        """Read a `ResponseHeadersPolicyConfig`."""
        added = []
        for name, part in (config.get("SecurityHeadersConfig") or {}).items():
            header, value = SECURITY_HEADERS[name]
            added.append((header, str(value(part)), bool(part.get("Override"))))
        custom = (config.get("CustomHeadersConfig") or {}).get("Items") or []
        added.extend((item["Header"].lower(), item["Value"], bool(item["Override"])) for item in custom)
        removed = (config.get("RemoveHeadersConfig") or {}).get("Items") or []
        return cls(tuple(added), tuple(item["Header"].lower() for item in removed))

    def apply(self, headers: CIMultiDict[str]) -> None:
        """Change an answer's headers in place; without Override the origin's own value wins."""
        for name in self.removed:
            headers.popall(name, None)
        for name, value, override in self.added:
            if override or name not in headers:
                headers[name] = value


def _transport_security(part: Mapping[str, Any]) -> str:
    value = f"max-age={part['AccessControlMaxAgeSec']}"
    if part.get("IncludeSubdomains"):
        value += "; includeSubDomains"
    return f"{value}; preload" if part.get("Preload") else value
