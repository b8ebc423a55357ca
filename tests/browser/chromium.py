"""Starting the browser."""

import os

import pytest
from playwright.sync_api import Browser, Playwright

from tools.screenshot import BROWSERS, find_browser


def launch(playwright: Playwright, *arguments: str) -> Browser:
    """Start Chromium with more arguments."""
    executable = find_browser()
    if executable is None:
        reason = f"a browser is needed: one of {', '.join(BROWSERS)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return playwright.chromium.launch(executable_path=executable, args=list(arguments))
