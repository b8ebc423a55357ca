"""What is to be done with the keys now, judged by what the secret itself says and nothing else.

A key is added, known everywhere before it signs, then signs; the one before it is retired, and dropped when
nothing that it signed counts any more. Each run does one of these or nothing, so that one which was killed,
left out or doubled changes only when it happens.
"""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

from web.keys import is_key_id
from web.purposes import PROPAGATION, Purpose, accepted_for

#: For how long a retired key is kept: the longest that any purpose accepts it.
KEPT: Final = max(map(accepted_for, get_args(Purpose)))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change of the secret."""

    name: Literal["add", "sign", "drop"]
    value: Mapping[str, Any]


def next_step(
    value: Mapping[str, Any],
    *,
    written_at: datetime,
    now: datetime,
    every: timedelta,
    generate: Callable[[], str],
) -> Step | None:
    """The step that is due, if one is.

    :param written_at: when the value was written; a key that does not say when it was added is as old.
    :param every: for how long a key signs.
    :param generate: a new key.
    :raises ValueError: the value is not one that this function or CloudFormation wrote.
    """
    signing = value.get("sign")
    keys = [name for name in value if is_key_id(name)]
    if signing not in keys:
        raise ValueError("The secret's member `sign` names no key.")
    retired = [kid for kid in keys if kid != signing and f"retired_{kid}" in value]
    waiting = [kid for kid in keys if kid != signing and kid not in retired]

    def age(kid: str) -> timedelta:
        return age_of(kid, value, written_at=written_at, now=now)

    for kid in waiting:
        if age(kid) >= PROPAGATION:
            return Step(name="sign", value={**value, "sign": kid, f"retired_{signing}": _text(now)})
    for kid in retired:
        if now - datetime.fromisoformat(value[f"retired_{kid}"]) >= KEPT:
            members = (kid, f"added_{kid}", f"retired_{kid}")
            return Step(
                name="drop", value={name: each for name, each in value.items() if name not in members}
            )
    if keys == [signing] and age(signing) >= every:
        added = _after(signing)
        return Step(name="add", value={**value, added: generate(), f"added_{added}": _text(now)})
    return None


def age_of(kid: str, value: Mapping[str, Any], *, written_at: datetime, now: datetime) -> timedelta:
    """How long ago a key was added; one that does not say when is as old as the value."""
    added = value.get(f"added_{kid}")
    return now - (written_at if added is None else datetime.fromisoformat(added))


def _after(kid: str) -> str:
    """The next letter: one comes back only after all others, when nobody remembers what it was."""
    letters = string.ascii_lowercase
    return letters[(letters.index(kid) + 1) % len(letters)]


def _text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
