"""The page, rendered when the assembly is made: one set of HTML pages per language, and the assets they load.

Pure and deterministic: what is written depends on nothing but the files under ``site/``.
"""

import gettext
import hashlib
import io
import json
import re
import shutil
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined

SITE = Path(__file__).resolve().parent.parent / "site"

#: Language tag (in addresses and ``lang`` attributes) → the language's own name.
LANGUAGES = {"en": "English", "zh-CN": "中文"}

#: Templates that functions answer with.
ANSWERS = ("forms/*.html", "fragments/*.html", "pages/*.html", "shells/layout.html")

#: Template → the page's key below its language's folder.
PAGES = {
    "home.html": "index.html",
    "login.html": "login/index.html",
    "register.html": "register/index.html",
    "forgotten.html": "forgotten/index.html",
    "link.html": "link/index.html",
    "person.html": "person/index.html",
}

#: https://htmx.org/reference/#config: nothing that the content security policy would refuse, and no answer is
#: swapped in unseen: page.js shows problems where they belong.
HTMX = {
    "allowEval": False,
    "allowScriptTags": False,
    "defaultSettleDelay": 0,  # else a row that replaces another has its class for a moment
    "historyEnabled": False,
    "includeIndicatorStyles": False,
    "responseHandling": [{"code": "204", "swap": False}, {"code": "2..", "swap": True}],
    "selfRequestsOnly": True,
    "timeout": 13_000,  # a read may wait for two regions: 3 s to connect and 3 s to answer, each
}

_ASSET_FOLDERS = ("images", "styles", "scripts", "vendor")
_ASSET_TYPES = {".css", ".js", ".svg"}
_IMPORT = re.compile(r'(?<=from ")\./([\w-]+\.js)(?=";)')


def compiled_catalogue(language: str, site: Path = SITE) -> bytes:
    """The catalogue of a language in the binary form that the standard ``gettext`` reads."""
    source = site / "locales" / language.replace("-", "_") / "LC_MESSAGES" / "messages.po"
    with source.open("rb") as file:
        catalogue = read_po(file)
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


class _Assets:
    """Asset files under names with a hash of their content, so that browsers may keep them for ever."""

    def __init__(self, site: Path) -> None:
        self._site = site
        self._named: dict[str, tuple[str, bytes]] = {}
        for folder in _ASSET_FOLDERS:
            for path in sorted((site / folder).rglob("*")):
                if path.suffix in _ASSET_TYPES:
                    self._add(path.relative_to(site).as_posix())

    def _add(self, name: str) -> str:
        if name not in self._named:
            path = self._site / name
            content = path.read_bytes()
            if name.startswith("scripts/"):
                # A module's name depends on those of the modules it imports.
                content = _IMPORT.sub(
                    lambda found: "./" + self._add(f"scripts/{found[1]}"), content.decode()
                ).encode()
            digest = hashlib.sha256(content).hexdigest()[:12]
            self._named[name] = (f"{path.stem}-{digest}{path.suffix}", content)
        return self._named[name][0]

    def address(self, name: str) -> str:
        """The address of an asset, by its path under ``site/``."""
        return f"/assets/{self._named[name][0]}"

    def names(self) -> list[str]:
        return list(self._named)

    def modules(self) -> list[str]:
        return [name for name in self._named if name.startswith("scripts/")]

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        for hashed, content in self._named.values():
            (folder / hashed).write_bytes(content)


def resources(site: Path = SITE) -> dict[str, bytes]:
    """What functions that answer in HTML carry, path → content.

    Templates, and in `site.json` the addresses of the assets as they are published, and the languages.
    """
    assets = _Assets(site)
    published = {"languages": LANGUAGES, "assets": {name: assets.address(name) for name in assets.names()}}
    return {
        f"site/{path.relative_to(site).as_posix()}": path.read_bytes()
        for pattern in ANSWERS
        for path in sorted(site.glob(pattern))
    } | {"site.json": json.dumps(published, ensure_ascii=False, sort_keys=True).encode()}


def addresses() -> list[str]:
    """The address of every page."""
    return [
        f"/{language}/{key.removesuffix('index.html')}" for language in LANGUAGES for key in PAGES.values()
    ]


def not_found(site: Path = SITE) -> dict[str, str]:
    """Language → what an address without a page is answered with.

    The edge holds it, not the bucket: CloudFront's error pages are those of the whole distribution, the API's
    answers included.
    """
    assets = _Assets(site)
    return {language: _rendered("404.html", language, assets, site) for language in LANGUAGES}


def render(out: Path, site: Path = SITE) -> None:
    """Write two folders whose files lie as in the bucket; what was in them before is removed.

    ``out/assets`` has ``assets/<name>-<hash of the content>``, ``out/pages`` a folder per language.
    """
    for name in ("assets", "pages"):
        shutil.rmtree(out / name, ignore_errors=True)
    assets = _Assets(site)
    assets.write(out / "assets" / "assets")
    for language in LANGUAGES:
        for template, key in PAGES.items():
            page = out / "pages" / language / key
            page.parent.mkdir(parents=True, exist_ok=True)
            html = _rendered(
                template,
                language,
                assets,
                site,
                path=key.removesuffix("index.html"),
                modules=assets.modules(),
                htmx_config=json.dumps(HTMX),
                # A form that nobody has filled in yet.
                values={},
                faults={},
                code=None,
            )
            page.write_text(html, encoding="utf-8")


def _rendered(template: str, language: str, assets: _Assets, site: Path, **values: object) -> str:
    environment = Environment(
        loader=FileSystemLoader(site),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    catalogue = gettext.GNUTranslations(io.BytesIO(compiled_catalogue(language, site)))
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    return environment.get_template(f"shells/{template}").render(
        language=language, languages=LANGUAGES, asset=assets.address, **values
    )
