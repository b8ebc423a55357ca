"""Take the README's screenshots from a running `make up`.

    python -m tools.screenshot [--url http://localhost:8080]

Writes docs/images/users-<language>.png: the list of users as the administrator sees it.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
LANGUAGES = ("en", "zh-CN")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """The path of an installed Chromium or Chrome."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def picture(browser: Browser, url: str, admin: dict[str, str], language: str) -> Path:
    """Log in as the administrator and take a picture of the list."""
    context = browser.new_context(
        locale=language,
        timezone_id="UTC",
        color_scheme="light",
        viewport={"width": 1120, "height": 720},
        device_scale_factor=1.5,
    )
    page = context.new_page()
    page.goto(f"{url}/{language}/login/")
    page.fill("[name=email]", admin["email"])
    page.fill("[name=password]", admin["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_selector("#rows tr:not(.more)")
    page.wait_for_selector("#shown:not(:empty)")
    target = IMAGES / f"users-{language}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    context.close()
    return target


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.screenshot", description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://localhost:8080", help="where `make up` serves")
    url = parser.parse_args(arguments).url.rstrip("/")
    executable = find_browser()
    if executable is None:
        print(f"✗ No browser was found: install one of {', '.join(BROWSERS)}.")
        return 1
    try:
        with urlopen(f"{url}/_local/config", timeout=5) as answer:
            admin = json.load(answer)["admin"]
    except (URLError, TimeoutError) as error:
        print(f"✗ {url} does not answer ({error}): start it with `make up`.")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        for language in LANGUAGES:
            print(picture(browser, url, admin, language).relative_to(ROOT))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
