"""The two READMEs are twins, and their diagram is that of the templates."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from typer.main import get_command

from tools.assembly import Assembly
from tools.diagram import END, READMES, START, draw, with_diagram
from twinhull.ops.main import application

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OURS = {"benchmarks", "local", "stacks", "tools", "twinhull"}


def blocks(text: str) -> list[str]:
    """The fenced blocks, without the comments that are translated."""
    return [re.sub(r"\s+#.*", "", block) for block in re.findall(r"```.*?```", text, flags=re.S)]


def should_have_the_same_commands_and_headings_in_both_languages() -> None:
    english, chinese = ((ROOT / name).read_text() for name in READMES)
    assert blocks(english) == blocks(chinese)
    assert len(re.findall(r"^#+ ", english, flags=re.M)) == len(re.findall(r"^#+ ", chinese, flags=re.M))


@pytest.mark.parametrize("name", READMES)
def should_show_the_architecture_that_the_templates_have(name: str, assembly: Assembly) -> None:
    text = (ROOT / name).read_text()
    assert with_diagram(text, draw(assembly)) == text, "run .venv/bin/python -m tools.diagram"


def links(text: str) -> list[str]:
    """What a page links to, without what stands in its blocks of code."""
    return re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.S))


def anchors(text: str) -> set[str]:
    """The headings of a page, as its links name them."""
    titles = re.findall(r"^#+ (.*)", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def broken(page: Path) -> list[str]:
    """The links of a page that lead to no file, or to no heading of it."""
    found = []
    for link in links(page.read_text()):
        if re.match(r"https?://|mailto:", link):
            continue
        target, _, anchor = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def should_link_only_to_what_exists(page: Path) -> None:
    assert broken(page) == []


def reachable(start: Path) -> set[Path]:
    """The pages that one comes to by links, from one to the next; a folder leads to all in it."""
    seen: set[Path] = set()
    ahead = [start]
    while ahead:
        page = ahead.pop()
        if page in seen or not page.exists():
            continue
        if page.is_dir():
            ahead += page.glob("*.md")
        elif page.suffix == ".md":
            seen.add(page)
            ahead += [(page.parent / link.partition("#")[0]).resolve() for link in links(page.read_text())]
    return seen


def should_lead_from_the_readme_to_every_page() -> None:
    assert set(PAGES) - reachable(ROOT / "README.md") - {ROOT / "CHANGELOG.md"} == set()


def should_notice_a_page_that_nothing_leads_to(tmp_path: Path) -> None:
    for name, text in (("a", "[b](b.md#part)"), ("b", "[c](more)"), ("more/c", "[a](../a.md)"), ("d", "")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.md").write_text(text)
    assert {page.stem for page in reachable(tmp_path / "a.md")} == {"a", "b", "c"}


def should_report_a_link_to_nothing(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](page.md#one-two) [b](gone.md) [c](#nowhere) [d](https://example.com)\n")
    assert broken(page) == ["gone.md", "#nowhere"]


def should_link_to_the_same_in_both_languages() -> None:
    english, chinese = (
        [
            re.sub(r"#.*|-(en|zh-CN)(?=\.png)", "", link)
            for link in links((ROOT / name).read_text())
            if not link.startswith("README")
        ]
        for name in READMES
    )
    assert english == chinese


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def should_name_only_targets_and_programs_that_exist(page: Path) -> None:
    assert unknown(page.read_text()) == []


def should_report_a_target_and_a_module_that_do_not_exist() -> None:
    console = "$ make up\n$ .venv/bin/python -m tools.fly\n$ ./fly.sh\n$ twinhull fly\n"
    text = f"Run `make fly`.\n```console\n{console}```\n"
    assert unknown(text) == ["-m tools.fly", "./fly.sh", "twinhull fly", "make fly"]


def unknown(text: str) -> list[str]:
    """The targets of make, modules, files and commands of ours that a page names and that are not there."""
    commands = re.findall(r"^ *\$ (.*)", text, re.M) + re.findall(r"`([^`\n]+)`", text)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    operators = get_command(application()).list_commands(None)  # type: ignore[attr-defined]
    exists = {
        "make": lambda word: word in targets,
        "twinhull": lambda word: word in operators,
        "-m": lambda word: any(ROOT.glob(word.replace(".", "/") + "*")) or word.split(".")[0] not in OURS,
    }
    found = []
    for command in commands:
        words = command.split("#")[0].split()
        for word, following in pairwise([*words, ""]):
            if word in exists and re.fullmatch(r"[a-z][a-z_.-]+", following) and not exists[word](following):
                found.append(f"{word} {following}")
            is_file = word.startswith(("./", "examples/", "tools/")) and not word.endswith(".whl")
            if is_file and not (ROOT / word).exists():
                found.append(word)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def should_never_install_by_name_what_a_stranger_could_offer(page: Path) -> None:
    assert re.findall(r"pip install (?:-\S+ )*[\"']?twinhull\b.*", page.read_text()) == []


def should_replace_what_stands_between_the_marks() -> None:
    assert with_diagram(f"a {START} old {END} b", "new") == f"a {START}\n```mermaid\nnew\n```\n{END} b"


@pytest.mark.parametrize("name", READMES)
def should_leave_no_blank_to_fill_in(name: str) -> None:
    assert re.findall(r"@@\w*@@", (ROOT / name).read_text()) == []
