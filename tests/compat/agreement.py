"""Whether two results of a call mean the same, although a later release may say more."""

import json
from collections.abc import Iterator
from typing import Any, Final

from tests.compat.world import Exchange

#: Members whose value is another one in each release: signed values.
SIGNED: Final = frozenset({"token", "form", "next_cursor"})


def differences(recorded: Exchange, played: Exchange) -> list[str]:
    """Return where a result contradicts the recorded one; members that are new contradict nothing."""
    found = [
        f"{name}: {getattr(recorded, name)} became {getattr(played, name)}"
        for name in ("changed", "mails")
        if getattr(recorded, name) != getattr(played, name)
    ]
    return found + list(_contradictions("answer", _content(recorded.answer), _content(played.answer)))


def _content(answer: Any) -> Any:
    """Return what counts of an HTTP answer, or any other one as it is."""
    if "statusCode" not in answer:
        return answer
    is_json = "json" in answer["headers"].get("content-type", "")
    return {
        "status": answer["statusCode"],
        "body": json.loads(answer["body"]) if is_json and answer["body"] else answer["body"],
        "sets a cookie": "set-cookie" in answer["headers"],
    }


def _contradictions(path: str, recorded: Any, played: Any) -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(played, dict):
        for name, value in recorded.items():
            if name not in played:
                yield f"{path}.{name} is missing"
            elif name in SIGNED:
                if bool(value) != bool(played[name]):
                    yield f"{path}.{name}: {value} became {played[name]}"
            else:
                yield from _contradictions(f"{path}.{name}", value, played[name])
    elif isinstance(recorded, list) and isinstance(played, list) and len(recorded) == len(played):
        for number, (one, other) in enumerate(zip(recorded, played, strict=True)):
            yield from _contradictions(f"{path}[{number}]", one, other)
    elif recorded != played:
        yield f"{path}: {recorded} became {played}"
