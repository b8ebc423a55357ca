"""`python -m tools.constructs`."""

import sys

from tools.constructs.example import documented
from tools.constructs.pages import INDEX, PAGES, ROOT, index, page


def main() -> int:
    """Write what is stale."""
    for name in documented():
        path = PAGES / f"{name}.md"
        old = path.read_text() if path.exists() else ""
        if (new := page(name, old)) != old:
            path.write_text(new)
            print(f"wrote {path.relative_to(ROOT)}")
    INDEX.write_text(index(INDEX.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
