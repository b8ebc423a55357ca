"""People at the page, and what they do there."""

import json
import uuid
from dataclasses import dataclass
from urllib.request import Request, urlopen

from playwright.sync_api import Page


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    password: str

    def register(self, url: str) -> None:
        """Register without a browser, where a test is about something else."""
        request = Request(
            f"{url}/api/v1/users",
            data=json.dumps({"name": self.name, "email": self.email, "password": self.password}).encode(),
            headers={"content-type": "application/json"},
            method="POST",
        )
        with urlopen(request, timeout=10) as answer:
            assert answer.status == 201

    def fill_in_registration(self, page: Page, language: str = "en") -> None:
        """Open the page and fill in the form, without sending it."""
        page.goto(f"/{language}/register/")
        page.fill("[name=name]", self.name)
        page.fill("[name=email]", self.email)
        page.fill("[name=password]", self.password)

    def log_in(self, page: Page, language: str = "en") -> None:
        """Log in by the form and wait for the start page."""
        page.goto(f"/{language}/login/")
        page.fill("[name=email]", self.email)
        page.fill("[name=password]", self.password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"**/{language}/")
        page.wait_for_selector("#view [data-profile] form", state="attached")


def any_person(name: str = "Ada Lovelace") -> Person:
    return Person(name=name, email=f"{uuid.uuid4().hex[:12]}@example.com", password="a long password")
