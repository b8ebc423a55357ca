"""The text of the edge's functions, with what a deployment writes into them."""

import json
import re
from pathlib import Path
from typing import Final

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-functions
LARGEST_FUNCTION: Final = 10_240


def function_code(file: str, **constants: object) -> str:
    """Read one of this package's functions and give its marked constants the values of a deployment.

    :raises ValueError: the file has no such constant, or the outcome is more than CloudFront takes.
    """
    code = Path(__file__).with_name(file).read_text(encoding="utf-8")
    for name, value in constants.items():
        line = f"const {name} = {json.dumps(value, ensure_ascii=False, separators=(',', ':'))};"
        marked = re.compile(rf"^const {name} = .*; // replaced at synth$", re.MULTILINE)
        code, found = marked.subn(lambda _, line=line: line, code)  # type: ignore[misc]
        if found != 1:
            raise ValueError(f"{file} has {found} lines `const {name} = …; // replaced at synth`, not one.")
    if len(code.encode()) > LARGEST_FUNCTION:
        raise ValueError(f"{file} has {len(code.encode())} bytes; CloudFront takes {LARGEST_FUNCTION}.")
    return code
