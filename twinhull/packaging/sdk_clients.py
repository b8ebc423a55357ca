"""The clients of AWS services that code makes: their names have to be literals."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from twinhull.packaging.source import Source

_FACTORIES: Final = {"client", "create_client", "resource"}
_HINT: Final = (
    'write the name of the service as a literal, like `client("dynamodb")`, name it in `services`, or use '
    'sdk="whole"'
)


@dataclass(frozen=True, kw_only=True)
class TrimmedSdk:
    """What a package keeps of the SDK.

    :param services: names of clients.
    :param paginators: keep what paginators need.
    :param waiters: keep what waiters need.
    """

    services: tuple[str, ...] = ()
    paginators: bool = False
    waiters: bool = False


def used_sdk(sources: Iterable[Source], services: Iterable[str] = ()) -> TrimmedSdk:
    """Return what modules use of the SDK.

    :param services: clients that are made besides; if there are any, names need not be literals.
    :raises PackagingError: a client's name is no literal; names the file and the line.
    """
    named = set(services)
    kept: set[str] = set()
    for source in sources:
        for node in source.nodes:
            if isinstance(node, ast.Attribute):
                kept.add(node.attr)
            if isinstance(node, ast.Call) and (factory := _factory(source, node.func)):
                kept |= {factory} & {"resource"}
                named |= _service(source, node, is_checked=not services)
            elif (
                isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load) and not services
            ):
                _refuse_values(source, node)
    return TrimmedSdk(
        services=tuple(sorted(named)),
        paginators=bool({"get_paginator", "can_paginate", "resource"} & kept),
        waiters=bool({"get_waiter", "waiter_names", "resource"} & kept),
    )


def _factory(source: Source, function: ast.expr) -> str | None:
    meaning = source.meaning(function)
    if meaning in ("boto3.client", "boto3.resource"):
        return meaning.partition(".")[2]
    if isinstance(function, ast.Attribute) and function.attr in _FACTORIES:
        # A function of another module that has this name by chance.
        return None if meaning and not meaning.startswith(("boto3.", "botocore.")) else function.attr
    return None


def _service(source: Source, call: ast.Call, *, is_checked: bool) -> set[str]:
    keywords = {each.arg: each.value for each in call.keywords}
    if "api_version" in keywords and is_checked:
        raise source.refusal(call, 'a trimmed SDK has the latest version of an API only; use sdk="whole"')
    name = call.args[0] if call.args else keywords.get("service_name")
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return {name.value}
    if name is None and None not in keywords:
        return set()
    if is_checked:
        raise source.refusal(call, f"the name of a client is no literal; {_HINT}")
    return set()


def _refuse_values(source: Source, node: ast.Name | ast.Attribute) -> None:
    parent = source.parents.get(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        return
    meaning = source.meaning(node)
    is_factory = meaning in ("boto3.client", "boto3.resource") or getattr(node, "attr", "") == "create_client"
    if is_factory or (meaning == "boto3" and not isinstance(parent, ast.Attribute)):
        raise source.refusal(node, f"{ast.unparse(node)} is used as a value; {_HINT}")
