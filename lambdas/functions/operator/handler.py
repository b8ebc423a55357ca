"""The operator function: makes somebody an administrator, takes bad writes back, tells what waits.

`{"do": "appoint", "email": …}` · `{"do": "recover", "table": …, "at": …, "undo": […], "by": …, "after": …,
"dry_run": …}` · `{"do": "recover-uploads", …}` with the same · `{"do": "pending"}`
"""

from collections.abc import Callable, Mapping
from typing import Any

from files.store import DynamoStore as Uploads
from functions.operator.env import Environment
from functions.operator.recovery import asked, recover, recover_files
from notices.index import DynamoDueIndex
from notices.pending import pending
from telemetry.log import one_line
from users.appoint import appoint
from users.change import Realm
from users.errors import Refusal
from users.store import DynamoStore
from web.clients.dynamodb import dynamodb
from web.environment import read

Result = dict[str, Any]


def make(environment: Environment) -> Callable[[Mapping[str, Any], object], Result]:
    """The function with its clients."""
    client = dynamodb()
    realm = Realm(store=DynamoStore(client, environment.table_name), namespace=environment.user_namespace)

    def appointed(event: Mapping[str, Any]) -> Result:
        email = event.get("email")
        if not isinstance(email, str):
            raise ValueError("email")
        appoint(realm, email)
        return {"ok": True}

    def recovered(event: Mapping[str, Any]) -> Result:
        return recover(realm, client, asked(event, environment.earlier_tables))

    def files_recovered(event: Mapping[str, Any]) -> Result:
        uploads = Uploads(client, environment.table_name)
        return recover_files(realm, uploads, client, asked(event, environment.earlier_tables))

    def pended(event: Mapping[str, Any]) -> Result:  # noqa: ARG001
        regions = (environment.aws_region, environment.peer_region)
        return {"ok": True, **pending(DynamoDueIndex(client, environment.table_name), regions, realm.now())}

    operations = {
        "appoint": appointed,
        "recover": recovered,
        "recover-uploads": files_recovered,
        "pending": pended,
    }

    def operate(event: Mapping[str, Any], context: object) -> Result:  # noqa: ARG001
        """`{"ok": true, …}`, or `{"ok": false, "code": …}` with a code of the API's closed list."""
        name = event.get("do")
        operation = operations.get(name) if isinstance(name, str) else None
        with one_line("operation", operation=name if operation else "unknown") as line:
            try:
                if operation is None:
                    raise ValueError("do")
                result = operation(event)
            except ValueError:  # also Malformed: the address is none
                result = {"ok": False, "code": "invalid"}
            except Refusal as refusal:
                result = {"ok": False, "code": refusal.code}
            line["outcome"] = result.get("code", "ok")
        return result

    return operate


handler = make(read(Environment))
