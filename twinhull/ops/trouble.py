"""What goes wrong in a way that can be expected: a sentence, a remedy, and an exit status."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Final

from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    MissingDependencyException,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as NoConnectionError,
)


class Exit(IntEnum):
    """The exit statuses of every command."""

    OK = 0
    ATTENTION = 1
    """A region is down or drained, or what was asked for was refused or did not happen."""
    USAGE = 2
    """The command line is wrong."""
    UNKNOWN = 3
    """AWS could not be asked, or knows no such deployment."""
    INTERRUPTED = 130


class TroubleError(Exception):
    """An expected failure: a code for programs, a sentence with its remedy for people."""

    def __init__(self, code: str, sentence: str, status: Exit = Exit.ATTENTION) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status

    @property
    def said(self) -> dict[str, str]:
        """As JSON."""
        return {"code": self.code, "detail": str(self)}


class UnreachableError(TroubleError):
    """A service of one region gave no usable answer; that of the other region may."""

    def __init__(self, sentence: str) -> None:
        super().__init__("unreachable", sentence, Exit.UNKNOWN)


class MissingError(TroubleError):
    """What was asked for is not there."""

    def __init__(self, sentence: str) -> None:
        super().__init__("not-found", sentence, Exit.UNKNOWN)


@contextmanager
def interrupted(sentence: str) -> Iterator[None]:
    """Let Ctrl-C say what state things are in."""
    try:
        yield
    except KeyboardInterrupt:
        raise TroubleError("interrupted", f"Interrupted: {sentence}", Exit.INTERRUPTED) from None


LOG_IN: Final = "log in (`aws sso login`), or name a profile by AWS_PROFILE"

_NOBODY = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
_REFUSED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_FORBIDDEN = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_MISSING = frozenset({"NoSuchDistribution", "ResourceNotFoundException"})
_BUSY = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"})


def explained(error: Exception, doing: str) -> TroubleError:
    """An error of botocore's as a sentence; ``doing`` is what it prevented, as in "reading the secret".

    What nobody expects is raised again as it is.
    """
    if isinstance(error, _NOBODY):
        return TroubleError(
            "no-credentials", f"There are no AWS credentials ({error}): {LOG_IN}.", Exit.UNKNOWN
        )
    if isinstance(error, (HTTPClientError, NoConnectionError)):
        return UnreachableError(f"No answer when {doing}: {_short(error)}.")
    if isinstance(error, MissingDependencyException):
        sentence = "Requests to CloudFront's key-value store cannot be signed: install the wheel with [ops]."
        return TroubleError("not-installed", sentence, Exit.UNKNOWN)
    if isinstance(error, NoRegionError):
        return TroubleError("no-region", f"No region is known for {doing}: set AWS_REGION.", Exit.UNKNOWN)
    if isinstance(error, ClientError):
        return _refused(error, doing)
    raise error


def _refused(error: ClientError, doing: str) -> TroubleError:
    answer: Any = error.response
    code = str(answer.get("Error", {}).get("Code", ""))
    said = str(answer.get("Error", {}).get("Message", "")) or code
    if code in _REFUSED:
        return TroubleError(
            "bad-credentials", f"AWS refuses the credentials when {doing} ({code}): {LOG_IN}.", Exit.UNKNOWN
        )
    if code in _FORBIDDEN:
        return TroubleError("not-allowed", f"Not allowed when {doing}: {said}.", Exit.UNKNOWN)
    if code in _BUSY or int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)) >= 500:
        return UnreachableError(f"No usable answer when {doing}: {said}.")
    if code in _MISSING or "does not exist" in said:
        return MissingError(f"Nothing found when {doing}: {said}.")
    return TroubleError("refused", f"AWS refused {doing} ({code}): {said}.", Exit.UNKNOWN)


def _short(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
