"""Why something was not done: a closed family with a code, which the boundary turns into an answer once."""

from typing import Literal

Code = Literal[
    "bad-credentials",
    "email-taken",
    "idempotency-mismatch",
    "link-used",
    "not-allowed",
    "not-deleted",
    "not-found",
    "slow-down",
    "unavailable",
    "write-conflict",
]


class Refusal(Exception):  # noqa: N818 (a refusal is an answer, not a fault)
    """A use case that did not happen, and why.

    ``retry_after`` is in seconds and stands only where waiting helps.
    """

    def __init__(self, code: Code, *, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code: Code = code
        self.retry_after = retry_after


class Malformed(ValueError):  # noqa: N818
    """A value that breaks a rule; ``message`` is an English template (and message id) for ``values``."""

    def __init__(self, code: str, message: str, **values: int | str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.values = values


class Rejected(Exception):  # noqa: N818
    """A field whose value breaks no rule, and is wrong all the same."""

    def __init__(self, field: str, fault: Malformed) -> None:
        super().__init__(fault.code)
        self.field = field
        self.fault = fault
