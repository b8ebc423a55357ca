"""Write `docs/settings.md` from the settings and their defaults in cdk.json."""

import json
from pathlib import Path

from stacks.settings import BLOCK, Settings

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "settings.md"

HEAD = """# Settings

Written by `python -m tools.settings`. Each is a field of `Settings` (`stacks/settings.py`), has its
default in the block `{block}` of `cdk.json`, and is checked when the templates are made. For one run:
`make synth ARGS='-c name=shop'`.

| setting | default | what it accepts |
|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    defaults = json.loads((ROOT / "cdk.json").read_text())["context"][BLOCK]
    rows = (
        f"| `{name}` | `{defaults[name]}` | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    )
    return HEAD.format(block=BLOCK) + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page())
