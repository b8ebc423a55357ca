"""Windows of a browser, and what goes wrong in them."""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

#: What Chromium reports about answers like 401, which are part of every visit.
EXPECTED = "Failed to load resource: the server responded with a status of"


@dataclass
class Visits:
    """Windows of one test, and what went wrong in them that nobody has excused."""

    browser: Browser
    url: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def begin(self, language: str = "en", width: int = 1200, *, scripts: bool = True) -> Page:
        """A window of somebody who was never here before."""
        context = self.browser.new_context(
            base_url=self.url,
            locale=language,
            viewport={"width": width, "height": 800},
            java_script_enabled=scripts,
        )
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in {"error", "warning"} and not message.text.startswith(EXPECTED)
                else None
            ),
        )
        return page

    def excuse(self, *beginnings: str) -> None:
        """Take back complaints that the test provoked; each of them must have been made."""
        for beginning in beginnings:
            assert any(text.startswith(beginning) for text in self.complaints), (beginning, self.complaints)
        self.complaints = [text for text in self.complaints if not text.startswith(beginnings)]
