"""Sends the load's calls, and notes each with its attempts."""

import asyncio
import math
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from twinhull.ops.client import Answer, Client, headers_of_retry
from twinhull.ops.drill.calls import Call, Kind
from twinhull.ops.trouble import TroubleError

API: Final = "/api/v1"

#: Sessions end after a quarter of an hour.
RENEWED_AFTER: Final = 8 * 60.0


@dataclass
class Sender:
    """Sends calls through the edge; what it sent is in ``calls``.

    ``client`` reaches the edge as nobody; ``administrator`` is a log-in.
    """

    client: Client
    administrator: Mapping[str, str]
    calls: list[Call] = field(default_factory=list)
    _admin: tuple[float, Client] | None = field(default=None, init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _under_way: dict[object, float] = field(default_factory=dict, init=False)

    @property
    def oldest(self) -> float:
        """When the oldest call that is under way began; infinity if none is."""
        return min(self._under_way.values(), default=math.inf)

    async def as_administrator(self) -> Client:
        """The edge for the administrator.

        :raises TroubleError: the log-in is refused.
        """
        async with self._turn:
            if self._admin is None or time.monotonic() - self._admin[0] > RENEWED_AFTER:
                answer = await self.client("POST", f"{API}/sessions", dict(self.administrator))
                if answer.status != 201 and self._admin is None:
                    raise TroubleError(
                        "not-an-administrator",
                        f"The administrator cannot log in ({answer.code or answer.status}): the drill needs "
                        "one to change roles, and to read everything back.",
                    )
                if answer.status == 201:
                    self._admin = time.monotonic(), self.client.signed_in(answer.json()["token"])
            assert self._admin  # noqa: S101
            return self._admin[1]

    async def read(self, what: str, client: Client, path: str) -> Answer:
        """A read, which is expected to be there."""
        with self._noted():
            answer = await client("GET", path)
        return self._sent("read", what, client, answer, {200})

    async def write(
        self, what: str, client: Client, method: str, path: str, body: Any = None, *, expected: int
    ) -> Answer:
        """A write that goes where the edge sends it, and is repeated as the client does."""
        with self._noted():
            answer = await client(method, path, body)
        return self._sent("write", what, client, answer, {expected})

    async def steer(
        self,
        what: str,
        client: Client,
        method: str,
        path: str,
        body: Any,
        region: str,
        other: str,
        *,
        expected: Collection[int] = (200,),
    ) -> Answer:
        """A write that goes to one region first, and by its retry to the other."""
        once = replace(client, manners=replace(client.manners, retries=False))
        headers = {"idempotency-key": uuid.uuid4().hex} if client.manners.keyed else {}
        with self._noted():
            answer = await once(method, path, body, headers={**headers, "x-avoid-region": other})
            failed = (
                headers_of_retry(status=answer.status, region=answer.region, code=answer.code) is not None
            )
            if failed and client.manners.retries:
                first = answer.attempts
                answer = await once(method, path, body, headers={**headers, "x-avoid-region": region})
                answer = replace(answer, attempts=(*first, *answer.attempts))
        return self._sent("write", what, client, answer, expected)

    def _sent(
        self, kind: Kind, what: str, client: Client, answer: Answer, expected: Collection[int]
    ) -> Answer:
        self.calls.append(
            Call(
                kind=kind,
                what=what,
                attempts=answer.attempts,
                ok=answer.status in expected,
                promised=client.manners.retries,
            )
        )
        return answer

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """What happens in the block is under way."""
        call = object()
        self._under_way[call] = time.monotonic()
        try:
            yield
        finally:
            del self._under_way[call]
