"""What a drill has begun to change is changed before it is put back."""

import asyncio
import threading

import pytest

from twinhull.ops.drill.run import to_the_end


def should_put_back_only_after_what_was_begun() -> None:
    done: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def lose() -> None:
        begun.set()
        may_end.wait()
        done.append("lost")

    async def scene() -> None:
        losing = asyncio.create_task(to_the_end(lose))
        await asyncio.to_thread(begun.wait)
        losing.cancel()
        asyncio.get_running_loop().call_later(0.05, may_end.set)
        with pytest.raises(asyncio.CancelledError):
            await losing
        done.append("put back")

    asyncio.run(scene())
    assert done == ["lost", "put back"]


def should_give_what_the_change_gives() -> None:
    assert asyncio.run(to_the_end(lambda: "when")) == "when"
