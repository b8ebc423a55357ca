"""The pages as they are published."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stacks import shells
from stacks.code import OPENAPI
from tests.site.markup import Markup, inline_code

PAGES = [f"{language}/{key}" for language in shells.LANGUAGES for key in shells.PAGES.values()]


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def page(rendered: Path, name: str) -> Markup:
    return Markup((rendered / "pages" / name).read_text())


def should_render_every_page_in_every_language_and_nothing_else(rendered: Path) -> None:
    assert sorted(files(rendered / "pages")) == sorted(PAGES)


def should_write_the_same_bytes_each_time_and_remove_what_is_no_longer_there(
    rendered: Path, tmp_path: Path
) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "earlier.js").write_text("")
    shells.render(tmp_path)
    assert files(tmp_path) == files(rendered)


def should_name_assets_by_their_content(rendered: Path) -> None:
    for path in (rendered / "assets" / "assets").iterdir():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.stem.endswith(f"-{digest[:12]}"), path.name


def should_rename_a_module_when_one_that_it_imports_changes(tmp_path: Path) -> None:
    site = tmp_path / "site"
    for source in shells.SITE.rglob("*"):
        if source.is_file():
            copy = site / source.relative_to(shells.SITE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    (site / "scripts" / "failover.js").write_text(
        (site / "scripts" / "failover.js").read_text() + "\n// new\n"
    )
    shells.render(tmp_path / "out", site)
    shells.render(tmp_path / "before")

    changed = set(files(tmp_path / "out/assets/assets")) - set(files(tmp_path / "before/assets/assets"))
    assert {re.sub(r"-\w{12}\.js$", "", name) for name in changed} == {"failover", "retry", "uploads", "page"}


@pytest.mark.parametrize("name", PAGES)
def should_refer_only_to_assets_and_pages_that_exist(rendered: Path, name: str) -> None:
    markup = page(rendered, name)
    for address in markup.values("src") + markup.values("href"):
        if address.startswith("#"):
            assert address[1:] in markup.values("id")
        elif address.startswith("/assets/"):
            assert (rendered / "assets" / address[1:]).is_file(), address
        elif address.startswith("/api/v1/"):
            path = address.removeprefix("/api/v1").replace("/me", "/{id}")
            assert "get" in json.loads(OPENAPI.read_text())["paths"][path], address
        else:
            assert address.startswith("/"), address
            target = rendered / "pages" / address[1:]
            assert (target / "index.html" if address.endswith("/") else target).is_file(), address


def should_import_only_modules_that_exist(rendered: Path) -> None:
    imports = [
        found
        for path in (rendered / "assets" / "assets").glob("*.js")
        if not path.name.startswith("htmx")
        for found in re.findall(r'\bfrom "\./([^"]+)"', path.read_text())
    ]
    assert len(imports) > 10
    for found in imports:
        assert (rendered / "assets" / "assets" / found).is_file(), found


@pytest.mark.parametrize("name", PAGES)
def should_need_nothing_that_the_content_security_policy_forbids(rendered: Path, name: str) -> None:
    assert inline_code(page(rendered, name)) == []


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<style>p { color: red }</style>",
        '<p style="color: red">',
        '<p onclick="go()">',
        '<p hx-on:click="go()">',
        '<a href="javascript:go()">',
        "<p hx-vals='js:{a: 1}'>",
        '<p hx-trigger="click[event.ctrlKey]">',
    ],
)
def should_find_each_kind_of_inline_code(source: str) -> None:
    assert inline_code(Markup(source))


@pytest.mark.parametrize("name", PAGES)
def should_forbid_htmx_to_evaluate_code_and_to_write_styles(rendered: Path, name: str) -> None:
    [config] = [
        json.loads(element.attributes["content"])
        for element in page(rendered, name).all("meta")
        if element.attributes.get("name") == "htmx-config"
    ]
    assert config["allowEval"] is False
    assert config["allowScriptTags"] is False
    assert config["includeIndicatorStyles"] is False
    assert config["selfRequestsOnly"] is True


@pytest.mark.parametrize("name", PAGES)
def should_say_its_language_to_browsers_and_to_the_api(rendered: Path, name: str) -> None:
    language = name.partition("/")[0]
    markup = page(rendered, name)
    assert markup.all("html")[0].attributes["lang"] == language
    headers = json.loads(markup.all("body")[0].attributes["hx-headers"])
    assert headers == {"Accept": "text/html", "Accept-Language": language}


@pytest.mark.parametrize("name", PAGES)
def should_keep_the_page_when_the_language_is_switched(rendered: Path, name: str) -> None:
    language, _, key = name.partition("/")
    others = {
        element.attributes["href"]
        for element in page(rendered, name).all("a")
        if element.attributes.get("hreflang")
    }
    assert others == {
        f"/{other}/{key.removesuffix('index.html')}" for other in shells.LANGUAGES if other != language
    }


@pytest.mark.parametrize("name", PAGES)
def should_give_every_field_a_label_and_every_described_element_its_description(
    rendered: Path, name: str
) -> None:
    markup = page(rendered, name)
    labelled = {element.attributes["for"] for element in markup.all("label")}
    fields = [element.attributes["id"] for element in markup.all("input", "select")]
    assert labelled == set(fields)
    for description in markup.values("aria-describedby") + markup.values("aria-labelledby"):
        assert set(description.split()) <= set(markup.values("id"))


@pytest.mark.parametrize("name", PAGES)
def should_have_unique_ids_a_title_and_a_way_past_the_header(rendered: Path, name: str) -> None:
    markup = page(rendered, name)
    ids = markup.values("id")
    assert len(ids) == len(set(ids))
    assert markup.all("title")[0].text.endswith("· twinhull")
    first = markup.all("a")[0]
    assert first.attributes["href"] == "#main"


@pytest.mark.parametrize("name", PAGES)
def should_never_put_what_is_typed_into_an_address(rendered: Path, name: str) -> None:
    """Except a search, which the address of a list consists of."""
    forms = [form.attributes for form in page(rendered, name).all("form")]
    methods = {form["method"] for form in forms if form.get("role") != "search"}
    assert methods <= {"post", "dialog"}


@pytest.mark.parametrize("key", shells.PAGES.values())
def should_not_leave_an_english_text_on_a_chinese_page(rendered: Path, key: str) -> None:
    texts = {
        language: {
            element.text.strip()
            for element in page(rendered, f"{language}/{key}").all(
                "h1", "h2", "p", "a", "button", "label", "th"
            )
        }
        for language in shells.LANGUAGES
    }
    same = texts["en"] & texts["zh-CN"]
    assert same <= {"", "twinhull"}


def should_not_need_the_cdk() -> None:
    code = "import sys, stacks.shells; sys.exit('aws_cdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=shells.SITE.parent, check=False).returncode == 0


@pytest.mark.parametrize("language", shells.LANGUAGES)
def should_say_that_there_is_no_such_page_with_styles_that_are_there(language: str, rendered: Path) -> None:
    page = shells.not_found()[language]

    assert f'<html lang="{language}">' in page
    assert f'href="/{language}/"' in page
    styles = re.findall(r'href="/(assets/[^"]+)"', page)
    assert styles
    assert [name for name in styles if not (rendered / "assets" / name).exists()] == []
