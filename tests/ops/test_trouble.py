"""What AWS's errors become: a sentence with a remedy, or the error itself where nobody knows one."""

import pytest
from botocore.exceptions import (
    ClientError,
    MissingDependencyException,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
    TokenRetrievalError,
)

from tests.ops.world import refusal, silence
from twinhull.ops.trouble import Exit, MissingError, UnreachableError, explained


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NoCredentialsError(), "no-credentials", "log in (`aws sso login`)"),
        (TokenRetrievalError(provider="sso", error_msg="expired"), "no-credentials", "expired): log in"),
        (MissingDependencyException(msg="any"), "not-installed", "install the wheel with [ops]"),
        (NoRegionError(), "no-region", "No region is known for looking: set AWS_REGION."),
        (refusal("ExpiredToken"), "bad-credentials", "when looking (ExpiredToken): log in"),
        (refusal("SignatureDoesNotMatch"), "bad-credentials", "AWS refuses the credentials"),
        (refusal("AccessDenied", "no such right"), "not-allowed", "Not allowed when looking: no such right."),
        (refusal("AccessDenied", ""), "not-allowed", "Not allowed when looking: AccessDenied."),
        (refusal("ValidationError"), "refused", "AWS refused looking (ValidationError): said by AWS."),
    ],
)
def should_say_what_is_wrong_and_what_helps(error: Exception, code: str, said: str) -> None:
    trouble = explained(error, "looking")
    assert (trouble.code, trouble.status) == (code, Exit.UNKNOWN)
    assert said in str(trouble)
    assert not isinstance(trouble, UnreachableError | MissingError)


@pytest.mark.parametrize(
    "error",
    [
        silence(),
        ReadTimeoutError(endpoint_url="https://any.example"),
        refusal("ThrottlingException"),
        refusal("InternalFailure", status=500),
        ClientError({}, "Any"),
    ],
)
def should_let_the_other_region_be_asked_when_this_one_gives_no_usable_answer(error: Exception) -> None:
    assert isinstance(explained(error, "looking"), UnreachableError)


@pytest.mark.parametrize(
    "error", [refusal("NoSuchDistribution"), refusal("ValidationError", "Stack with id any does not exist")]
)
def should_tell_what_is_not_there_from_what_is_refused(error: Exception) -> None:
    assert isinstance(explained(error, "looking"), MissingError)


@pytest.mark.parametrize("error", [ParamValidationError(report="any"), ZeroDivisionError()])
def should_hide_no_mistake_of_the_program(error: Exception) -> None:
    with pytest.raises(type(error)):
        explained(error, "looking")
