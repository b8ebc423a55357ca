"""Checking what was sent against a model, and naming every fault of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

from users.errors import Malformed
from users.messages import N_
from web.problems import FieldError, Problem

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    M = TypeVar("M", bound=BaseModel)

_FAULTS: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", N_("This is required.")),
    "extra_forbidden": ("unknown", N_("This is not known here.")),
    "string_type": ("wrong-type", N_("A text is expected.")),
    "model_type": ("wrong-type", N_("An object is expected.")),
    "literal_error": ("not-a-choice", N_("Allowed: %(expected)s.")),
}
_OTHER = ("malformed", N_("This is not valid."))


def validate(model: "type[M]", fields: object) -> "M":
    """An instance of ``model``; raises ``invalid`` with every fault."""
    from pydantic import ValidationError

    try:
        return model.model_validate(fields, strict=True)
    except ValidationError as faults:
        found = faults.errors(include_url=False, include_input=False)
        raise Problem("invalid", errors=tuple(map(_field_error, found))) from None


def validate_query(model: "type[M]", parameters: Mapping[str, str]) -> "M":
    """An instance of ``model``; raises ``bad-query``."""
    from pydantic import ValidationError

    try:
        return model.model_validate(parameters)
    except ValidationError:
        raise Problem("bad-query") from None


def _field_error(fault: "ErrorDetails") -> FieldError:
    pointer = "".join(f"/{_escape(str(part))}" for part in fault["loc"])
    context = fault.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, Malformed):
        return FieldError(pointer=pointer, code=cause.code, message=cause.message, values=cause.values)
    code, message = _FAULTS.get(fault["type"], _OTHER)
    # pydantic joins the choices by an English word.
    values = (
        {"expected": context["expected"].replace(" or ", ", ").replace("'", "")}
        if fault["type"] == "literal_error"
        else {}
    )
    return FieldError(pointer=pointer, code=code, message=message, values=values)


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
