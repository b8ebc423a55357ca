"""What the documentation says is what the project has."""

import re
from pathlib import Path

from tools.settings import PAGE, page

ROOT = Path(__file__).resolve().parent.parent
DECISIONS = ROOT / "docs" / "decisions"


def should_document_every_setting() -> None:
    assert PAGE.read_text() == page(), "run .venv/bin/python -m tools.settings"


def should_list_every_decision_once() -> None:
    listed = re.findall(r"\]\((\d{4}-[a-z-]+\.md)\)", (DECISIONS / "README.md").read_text())
    assert listed == sorted(path.name for path in DECISIONS.glob("0*.md"))
