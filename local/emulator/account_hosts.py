"""Takes the account's number out of the host that functions ask: CloudFront's key-value stores are at
`<account>.<endpoint>`, and no such name leads to a loopback address.
"""

import re

from ministack.core import lambda_runtime

_FUNCTION = """
def _ask_the_endpoint_itself():
    import re
    try:
        import botocore.handlers
    except ImportError:
        return

    def without_account(params, **_):
        params["url"] = re.sub(r"^(http://)[0-9]{12}[.](?=127[.]0[.]0[.]1[:/])", r"\\1", params["url"])

    botocore.handlers.BUILTIN_HANDLERS.append(("before-call", without_account))

"""

# Here a function's own packages can be imported already, and botocore finds what it needs of them.
_READY = re.compile(r"^( +)_ms_install_invoke_depth\(\)$", re.MULTILINE)


def install() -> None:
    """Let every Python function's process do so from its start."""
    script, places = _READY.subn(r"\g<0>\n\1_ask_the_endpoint_itself()", lambda_runtime._PYTHON_WORKER_SCRIPT)
    if places != 1:
        raise RuntimeError(f"MiniStack's worker ends its preparations in {places} places, not in one")
    lambda_runtime._PYTHON_WORKER_SCRIPT = _FUNCTION + script
