"""The operator function: `{"do": "appoint", "email": …}` makes somebody an administrator."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from functions.operator.env import Environment
from users.appoint import appoint
from users.change import Realm
from users.errors import Malformed, Refusal
from users.store import DynamoStore
from web.clients import dynamodb
from web.environment import read

Result = dict[str, Any]
logger = Logger()


def make(environment: Environment) -> Callable[[Mapping[str, Any], object], Result]:
    """The function with its clients."""
    realm = Realm(store=DynamoStore(dynamodb(), environment.table_name), namespace=environment.user_namespace)

    def operate(event: Mapping[str, Any], context: object) -> Result:  # noqa: ARG001
        """`{"ok": true}`, or `{"ok": false, "code": …}` with a code of the API's closed list."""
        result = _operate(realm, event)
        logger.info("operation", operation=_operation(event), outcome=result.get("code", "ok"))
        return result

    return operate


def _operation(event: Mapping[str, Any]) -> str:
    return "appoint" if event.get("do") == "appoint" else "unknown"


def _operate(realm: Realm, event: Mapping[str, Any]) -> Result:
    email = event.get("email")
    if _operation(event) == "unknown" or not isinstance(email, str):
        return {"ok": False, "code": "invalid"}
    try:
        appoint(realm, email)
    except Malformed:
        return {"ok": False, "code": "invalid"}
    except Refusal as refusal:
        return {"ok": False, "code": refusal.code}
    return {"ok": True}


handler = make(read(Environment))
