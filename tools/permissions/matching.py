"""IAM's wildcards: `*` stands for any characters, `?` for one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

import re
from functools import cache


def matches(pattern: str, text: str) -> bool:
    """Return whether a pattern covers an ARN, in which case counts."""
    return bool(_compiled(pattern).fullmatch(text))


def matches_action(pattern: str, action: str) -> bool:
    """Return whether a pattern covers an action; case does not count there."""
    return matches(pattern.lower(), action.lower())


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    return re.compile(
        "".join(wildcards.get(character) or re.escape(character) for character in pattern), re.S
    )
