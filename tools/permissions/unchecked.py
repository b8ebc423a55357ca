"""What no run on one machine can show to be needed, and why."""

from collections.abc import Callable, Mapping
from typing import Final

from tools.permissions.grants import Grant


def _of_a_mapping(grant: Grant) -> bool:
    return grant.action in {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}


#: Reason → whether it holds for a grant.
REASONS: Final[Mapping[str, Callable[[Grant], bool]]] = {
    "the emulator writes the log of a function": lambda grant: grant.action.startswith("logs:"),
    "nothing sends traces here": lambda grant: grant.action.startswith("xray:"),
    "the emulator reads queues for functions without their roles": _of_a_mapping,
    "the emulator calls an object missing, not forbidden, whoever asks": lambda grant: (
        grant.action == "s3:ListBucket" and grant.trusted == "lambda.amazonaws.com"
    ),
    "the emulator copies between buckets without a role": lambda grant: grant.trusted == "s3.amazonaws.com",
    "the emulator does itself what this function of the CDK does": lambda grant: grant.role.startswith(
        ("AWS679f53fac002430cb0da5b7982bd2287", "Custom::")
    ),
}

#: Permissions that belong to no role of the templates.
ELSEWHERE: Final = (
    "CloudFormation's execution role: stacks are deployed without checking it.",
    "The permissions of API Gateway and EventBridge to invoke functions.",
    "Keys: `ForAllValues` on `dynamodb:LeadingKeys` lets every key through.",
)


def why_unchecked(grant: Grant) -> str:
    """Return why the emulator does not check a grant; empty if it does."""
    return next((reason for reason, holds in REASONS.items() if holds(grant)), "")
