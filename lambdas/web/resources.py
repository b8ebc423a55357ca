"""Where the files are that come with a function: catalogues, fragments, openapi.json."""

import os
from pathlib import Path


def resource(*parts: str) -> Path:
    """A file or folder under ``resources/`` beside this package, or under ``$RESOURCES``."""
    root = os.environ.get("RESOURCES")
    return (Path(root) if root else Path(__file__).parent.parent / "resources").joinpath(*parts)
