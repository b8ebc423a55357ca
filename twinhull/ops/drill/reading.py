"""Reads every account back from each region, past the edge, and deletes it in the end."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from twinhull.ops.client import Answer, Client
from twinhull.ops.drill.judge import Reading, Seen
from twinhull.ops.drill.sender import API
from twinhull.ops.trouble import TroubleError

AT_ONCE: Final = 6
TRIES: Final = 4
PAUSE: Final = 0.5


async def read_back(region: Client, ids: Sequence[str]) -> Reading:
    """What a region says about each account; ``region`` is its API for an administrator.

    :raises TroubleError: it cannot be asked.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def read(id: str) -> Seen | None:
        async with turns:
            user = await _get(region, f"{API}/users/{id}")
            if user is None:
                return None
            history = await _get(region, f"{API}/users/{id}/history")
        return Seen(
            name=user["name"],
            role=user["role"],
            state="deleted" if "deleted_at" in user else "active",
            history=Counter(event["what"] for event in (history or {"items": []})["items"]),
        )

    return dict(zip(ids, await asyncio.gather(*map(read, ids)), strict=True))


async def delete_all(edge: Client, ids: Sequence[str]) -> None:
    """Leave nobody behind; whoever cannot be deleted is seen in the list of users."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def delete(id: str) -> None:
        async with turns:
            await edge("DELETE", f"{API}/users/{id}")

    await asyncio.gather(*map(delete, ids))


async def _get(region: Client, path: str) -> Any:
    answer: Answer | None = None
    for _ in range(TRIES):
        answer = await region("GET", path)
        if answer.status == 200:
            return answer.json()
        if answer.status == 404:
            return None
        await asyncio.sleep(PAUSE)
    said = answer.code or answer.status if answer else "nothing"
    raise TroubleError("unreadable", f"What was written cannot be read back from {region.url} ({said}).")
