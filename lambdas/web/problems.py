"""What can be answered instead of what was asked: the closed list of codes, and what each one says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from users.messages import N_

Code = Literal[
    "bad-json",
    "bad-cursor",
    "bad-query",
    "not-signed-in",
    "bad-credentials",
    "not-allowed",
    "not-through-the-edge",
    "not-found",
    "method-not-allowed",
    "email-taken",
    "not-deleted",
    "write-conflict",
    "link-used",
    "too-large",
    "unsupported-media-type",
    "invalid",
    "idempotency-mismatch",
    "slow-down",
    "unexpected",
    "unavailable",
]


@dataclass(frozen=True)
class Kind:
    """What a code means: its HTTP status and its texts (message ids)."""

    status: int
    title: str
    detail: str


KINDS: Mapping[Code, Kind] = {
    "bad-json": Kind(400, N_("Not JSON"), N_("The body could not be read as JSON.")),
    "bad-cursor": Kind(
        400, N_("Unknown cursor"), N_("This cursor does not belong to this list. Start again without it.")
    ),
    "bad-query": Kind(
        400, N_("Unknown query"), N_("The query has a parameter or a value that is not known here.")
    ),
    "not-signed-in": Kind(401, N_("Not logged in"), N_("Log in first. A session ends after 15 minutes.")),
    "bad-credentials": Kind(
        401, N_("Log-in failed"), N_("The e-mail address and the password do not belong together.")
    ),
    "not-allowed": Kind(403, N_("Not allowed"), N_("You may not do this.")),
    "not-through-the-edge": Kind(
        403,
        N_("Not through the edge"),
        N_("This address answers only requests that come through the website."),
    ),
    "not-found": Kind(404, N_("Not found"), N_("There is nothing here, or you may not see it.")),
    "method-not-allowed": Kind(
        405, N_("Method not allowed"), N_("This address cannot be used with this method.")
    ),
    "email-taken": Kind(409, N_("Address taken"), N_("An account with this e-mail address exists already.")),
    "not-deleted": Kind(409, N_("Not deleted"), N_("This account is not deleted.")),
    "write-conflict": Kind(
        409, N_("Changed meanwhile"), N_("Others keep changing this account at the same moment. Try again.")
    ),
    "link-used": Kind(
        410, N_("Link no longer valid"), N_("This link was used already or has expired. Ask for a new one.")
    ),
    "too-large": Kind(413, N_("Too large"), N_("The body may have at most 64 KB.")),
    "unsupported-media-type": Kind(415, N_("Unsupported media type"), N_("Send the body as JSON.")),
    "invalid": Kind(422, N_("Please check what you entered"), N_("Something that was sent is not valid.")),
    "idempotency-mismatch": Kind(
        422, N_("Key already used"), N_("This Idempotency-Key was used for another request.")
    ),
    "slow-down": Kind(429, N_("Too many requests"), N_("Too many changes in a short time. Try again later.")),
    "unexpected": Kind(500, N_("Something went wrong"), N_("This is our fault. Try again in a moment.")),
    "unavailable": Kind(
        503, N_("Not available"), N_("This cannot be answered at the moment. Try again in a moment.")
    ),
}


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One fault of one value. ``message`` is an English template (and message id) for ``values``."""

    pointer: str
    code: str
    message: str
    values: Mapping[str, int | str] = field(default_factory=dict)


class Problem(Exception):  # noqa: N818 (an answer, not a fault)
    """Leads to an answer of the kind ``code``; ``members`` are added to its body."""

    def __init__(
        self,
        code: Code,
        *,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code: Code = code
        self.errors = errors
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        if self.status == 401:
            self.headers.setdefault("www-authenticate", "Bearer")

    @property
    def status(self) -> int:
        return KINDS[self.code].status
