"""What notices say, in both languages."""

from datetime import timedelta
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from notices.letters import Letters
from notices.mailer import SesMailer
from notices.model import Letter, Notice, NoticeKind, Recipient
from tests.lambdas.builders import START
from web.languages import LANGUAGES, translations

LINK = "https://people.example/en/link/#usr_1.a.00"


@pytest.fixture
def letters() -> Letters:
    return Letters(Path(str(files("resources") / "mail")), translations)


def any_recipient(*, locale: str = "en", is_verified: bool = True) -> Recipient:
    return Recipient(
        email="ada@example.com",
        locale=locale,
        is_verified=is_verified,
        page="https://people.example",
        link=LINK,
        until=START + timedelta(days=7),
    )


def letter_of(letters: Letters, kind: NoticeKind, about: str = "", **recipient: object) -> Letter:
    notice = Notice(id="n", kind=kind, at=START, about=about)
    return letters.write(notice, any_recipient(**recipient))  # type: ignore[arg-type]


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.language = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(str(dict(attributes)["href"]))
        if tag == "html":
            self.language = str(dict(attributes)["lang"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", get_args(NoticeKind))
def should_have_its_link_in_the_text_and_in_the_html(
    kind: NoticeKind, language: str, letters: Letters
) -> None:
    letter = letter_of(letters, kind, locale=language)
    parsed = Links()
    parsed.feed(letter.html)
    assert parsed.found == [LINK, f"https://people.example/{language}/"]
    assert parsed.language == letter.locale == language
    assert f"\n{LINK}\n" in letter.text
    assert letter.subject
    assert "\n" not in letter.subject
    assert letter.subject in letter.html


@pytest.mark.parametrize("kind", get_args(NoticeKind))
def should_be_in_the_language_of_whom_it_is_for(kind: NoticeKind, letters: Letters) -> None:
    subjects = {letter_of(letters, kind, locale=language).subject for language in LANGUAGES}
    assert len(subjects) == len(LANGUAGES)
    assert letter_of(letters, kind, locale="zh-CN").text.isascii() is False


def should_keep_languages_apart_when_they_take_turns(letters: Letters) -> None:
    first = letter_of(letters, "welcome")
    letter_of(letters, "welcome", locale="zh-CN")
    assert letter_of(letters, "welcome") == first


@pytest.mark.parametrize("kind", ["welcome", "invitation", "reset", "deleted", "restorable"])
def should_say_until_when_a_link_can_be_used(kind: NoticeKind, letters: Letters) -> None:
    assert "2026-11-30 09:00 UTC" in letter_of(letters, kind).text


def should_name_a_file_to_whoever_has_verified_the_address(letters: Letters) -> None:
    letter = letter_of(letters, "document", about="<b>passport</b>.pdf")
    assert "<b>passport</b>.pdf" in letter.text
    assert "&lt;b&gt;passport&lt;/b&gt;.pdf" in letter.html
    assert "<b>" not in letter.html


def should_send_a_strangers_words_to_nobody(letters: Letters) -> None:
    letter = letter_of(letters, "document", about="win a prize at evil.example", is_verified=False)
    assert "evil" not in letter.text + letter.html


class Client:
    def __init__(self) -> None:
        self.sent: list[dict[str, object]] = []

    def send_email(self, **request: object) -> None:
        self.sent.append(request)


def should_hand_ses_the_letter_with_the_id_of_its_notice(letters: Letters) -> None:
    client = Client()
    letter = letter_of(letters, "reset")
    mailer = SesMailer(client, sender="notices@example.com", configuration_set="set")  # type: ignore[arg-type]
    mailer.send(letter)
    [request] = client.sent
    assert request["FromEmailAddress"] == "notices@example.com"
    assert request["Destination"] == {"ToAddresses": ["ada@example.com"]}
    assert request["ConfigurationSetName"] == "set"
    simple = request["Content"]["Simple"]  # type: ignore[index]
    assert simple["Subject"]["Data"] == letter.subject
    assert simple["Body"]["Text"]["Data"] == letter.text
    assert simple["Body"]["Html"]["Data"] == letter.html
    assert {"Name": "X-Twinhull-Notice-Id", "Value": "n"} in simple["Headers"]
