"""What an example comes to, as tables."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from tools.constructs.example import Built
from tools.constructs.markdown import table
from tools.readable import masked


def defaults(built: Built) -> str:
    """What the example comes to, one table for each resource."""
    parts = []
    for path, resource in built.resources.items():
        rows = [*_rows(masked(resource.get("Properties", {})))]
        rows += [
            (name, resource[name]) for name in ("DeletionPolicy", "UpdateReplacePolicy") if name in resource
        ]
        if rows:
            title = f"**{resource['Type']}** `{path}`"
            parts.append(
                f"{title}\n\n" + table(("property", "value"), [(f"`{n}`", _cell(v)) for n, v in rows])
            )
    return "The resources of the example above, as they are synthesized.\n\n" + "\n\n".join(parts)


def _rows(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """A tree of properties as lines: the members of a list together, statements of a policy as sentences."""
    if name.endswith("Document.Statement"):
        yield from ((name, _statement(each)) for each in value)
    elif isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _rows(each, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        together: dict[str, dict[str, None]] = {}
        for each in value:
            for path, shown in _rows(each, f"{name}[]"):
                together.setdefault(path, {})[shown] = None
        yield from ((path, " · ".join(shown)) for path, shown in together.items())
    else:
        yield name, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)


def _statement(statement: Mapping[str, Any]) -> str:
    """A statement of a policy as a sentence."""
    said = f"{statement['Effect']} {_several(statement['Action'])}"
    if principal := statement.get("Principal"):
        who = next(iter(principal.values())) if isinstance(principal, dict) else principal
        said += f" to {_several(who)}"
    if "Resource" in statement:
        said += f" on {_several(statement['Resource'])}"
    return said + (f" if {json.dumps(statement['Condition'])}" if "Condition" in statement else "")


def _several(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _cell(value: str) -> str:
    """Text in a cell of a table: short, on one line."""
    short = textwrap.shorten(value, 240, placeholder=" …") if len(value) > 240 else value
    escaped = short.replace("|", "\\|").replace("\n", " ")
    return f"`{escaped}`" if escaped else "(empty)"
