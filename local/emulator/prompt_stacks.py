"""Answers a stack operation when it is done, not before it begins.

The CDK CLI looks at a stack again every five seconds; the emulator needs a tenth of one. On AWS the answer
comes at once, so an operation that takes longer than `PATIENCE` is answered before its end here too.
"""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, stacks

PATIENCE = 20.0

_tasks: contextvars.ContextVar[list[asyncio.Task[Any]]] = contextvars.ContextVar(
    "stack operations of this request"
)
_answer = cloudformation.handle_request


def _start(
    operation: Coroutine[Any, Any, Any], stack: dict[str, Any] | None, stack_id: str | None = None
) -> None:
    with stacks._stack_region_context(stack, stack_id):
        task = asyncio.get_running_loop().create_task(operation)
    _tasks.get().append(task)


async def _answer_when_done(*request: Any) -> Any:
    tasks: list[asyncio.Task[Any]] = []
    scope = _tasks.set(tasks)
    try:
        answer = await _answer(*request)
    finally:
        _tasks.reset(scope)
    if tasks:
        await asyncio.wait(tasks, timeout=PATIENCE)
    return answer


def install() -> None:
    """Wait for the operations that a request starts."""
    for module in (handlers, changesets):
        module._create_stack_task_in_region = _start
    cloudformation.handle_request = _answer_when_done
