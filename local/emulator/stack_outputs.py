"""`Fn::GetStackOutput` of stacks in other regions: MiniStack looks in the region of the asking stack only."""

from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services.cloudformation import engine, stacks

_resolve = engine._resolve_refs


def _in_named_region(value: Any, *context: Any) -> Any:
    reference = value.get("Fn::GetStackOutput") if isinstance(value, dict) else None
    if not isinstance(reference, dict) or reference.get("Region", get_region()) == get_region():
        return _resolve(value, *context)
    with request_scope(get_account_id(), reference["Region"]):
        return _resolve(value, *context)


def install() -> None:
    """Honour the reference's `Region`."""
    engine._resolve_refs = _in_named_region
    stacks._resolve_refs = _in_named_region
