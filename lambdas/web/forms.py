"""What forms need that a browser sends by itself: where it goes on to, and a second try after a fault."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from web.problems import Code, Problem
from web.request import KEY_FIELD, Request
from web.routes import Answer, Route

#: Problems after which the same form, with what was typed, is the best page.
MENDABLE: Final = frozenset[Code](
    {
        "bad-credentials",
        "email-taken",
        "idempotency-mismatch",
        "invalid",
        "slow-down",
        "unavailable",
        "unexpected",
        "write-conflict",
    }
)
#: Nobody knows whether these writes happened: sent again unchanged they keep their key.
_UNSURE: Final = frozenset[Code]({"unavailable", "unexpected"})


def where(then: str, request: Request) -> str:
    """The address that a browser is sent on to after a write."""
    return then.format(language=request.language, id=request.path_parameter("id"))


def context_of(answer: Answer) -> Mapping[str, Any]:
    """What an answer's templates know."""
    context = answer.context if answer.context is not None else answer.body
    return context if isinstance(context, Mapping) else {}


def form_again(request: Request, route: Route[Any], problem: Answer) -> Answer:
    """The page with the form, what was typed (never a password), and each fault beside its field."""
    known = set(route.body.model_fields) if route.body else set()
    try:
        sent = request.fields() if route.body else {}
    except Problem:
        sent = {}
    fields = sent if isinstance(sent, Mapping) else {}
    context = context_of(problem)
    faults: dict[str, list[str]] = {}
    rest = []
    for error in context["errors"]:
        name = error["pointer"].removeprefix("/")
        if name in known:
            faults.setdefault(name, []).append(error["detail"])
        else:
            rest.append(error)
    values = {
        name: value
        for name, value in fields.items()
        if name in known and isinstance(value, str) and not _is_secret(route, name)
    }
    more: dict[str, Any] = {"errors": rest, "faults": faults, "values": values, "sent": sorted(fields)}
    if context["code"] in _UNSURE and (key := _key(request)):
        more[KEY_FIELD] = key
    return replace(problem, page=route.form, context={**context, **more})


def _is_secret(route: Route[Any], name: str) -> bool:
    from pydantic import SecretStr

    return route.body is not None and route.body.model_fields[name].annotation is SecretStr


def _key(request: Request) -> str | None:
    try:
        return request.idempotency_key()
    except Problem:
        return None
