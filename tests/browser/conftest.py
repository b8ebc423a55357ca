"""A real browser at the local cloud. Without Chromium these tests are skipped; where CI is set, they fail."""

import gettext
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from stacks import shells
from tests.browser.chromium import launch
from tests.browser.person import Person, any_person
from tests.browser.visits import Visits
from tests.cloud import Cloud

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before tests are selected by their markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `make proof` one language of each test, not always the same."""
    languages = list(shells.LANGUAGES)
    for item in items:
        if item.path.parent == HERE and isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            now = languages[zlib.crc32(item.originalname.encode()) % len(languages)]
            if item.callspec.params.get("language", now) != now:
                item.add_marker(pytest.mark.proof)


# Not longer than a module: while it is open, an event loop runs in this thread, and no other can be started.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as it is installed on this machine."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(params=list(shells.LANGUAGES))
def language(request: pytest.FixtureRequest) -> str:
    """Each language of the page."""
    return str(request.param)


@pytest.fixture
def say(language: str) -> Callable[..., str]:
    """A text of the page in the test's language, by its English one."""
    catalogue = gettext.GNUTranslations(io.BytesIO(shells.compiled_catalogue(language)))

    def translate(message: str, **values: str) -> str:
        assert language == "en" or catalogue.gettext(message) != message, message
        text = catalogue.gettext(message)
        return text % values if values else text

    return translate


@pytest.fixture
def visits(browser: Browser, cloud: Cloud) -> Iterator[Visits]:
    """Opens windows; afterwards no script may have failed and no policy may have been violated."""
    visits = Visits(browser, cloud.url)
    yield visits
    for context in visits.contexts:
        context.close()
    assert visits.complaints == []


@pytest.fixture
def page(visits: Visits, language: str) -> Page:
    """A window in the test's language."""
    return visits.begin(language)


@pytest.fixture
def admin(cloud: Cloud) -> Person:
    """The administrator whom `make up` appoints."""
    return Person(name="", email=cloud.admin["email"], password=cloud.admin["password"])


@pytest.fixture
def registered(cloud: Cloud) -> Person:
    """Somebody who has registered."""
    person = any_person()
    person.register(cloud.url)
    return person
