"""A call of each route that succeeds, and how each code is provoked."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from typing import Any

import pytest

from notices.times import now
from tests.lambdas import tables
from tests.lambdas.api import OPENAPI, REGION, TABLE, Api, Person, Reply, watching
from tests.lambdas.builders import any_email, any_key, any_name, any_password
from tests.lambdas.fakes import FakeSecret, cached
from users.back_off import FREE
from users.change import REMEMBERED
from users.model import Caller, timestamp
from web.problems import KINDS

UPLOAD = {"kind": "document", "filename": "any.pdf", "content_type": "application/pdf", "size": 7654321}
STORED: Any = {name: {"S": text} for name, text in (("region", REGION), ("key", "any"), ("version", "1"))}


@dataclass(frozen=True)
class Cast:
    """Some people and what they did so far, and the tables as they left them."""

    admin: Person
    person: Person
    gone: Person
    link: str
    upload: str
    saved: bytes

    @classmethod
    def gather(cls, api: Api) -> "Cast":
        """Let them register and act."""
        admin, person, gone = api.admin(), api.somebody(), api.somebody()
        assert api("DELETE", "/users/me", by=gone).status == 204
        assert api("POST", "/password-links", {"email": person.email}).status == 202
        upload = api("POST", "/uploads", UPLOAD, by=person).json["id"]
        api.dynamodb.update_item(
            TableName=TABLE,
            Key={"pk": {"S": upload}, "sk": {"S": "upload"}},
            UpdateExpression="SET #state = :done, #stored = :stored",
            ExpressionAttributeNames={"#state": "state", "#stored": "stored"},
            ExpressionAttributeValues={":done": {"S": "done"}, ":stored": {"M": STORED}},
        )
        link = api.link(person, "reset")
        return cls(admin=admin, person=person, gone=gone, link=link, upload=upload, saved=tables.save())


@dataclass
class Scene:
    """The tables as a cast left them, and a call that each route answers with its documented success."""

    api: Api
    cast: Cast
    monkeypatch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        self.admin, self.person, self.gone = self.cast.admin, self.cast.person, self.cast.gone
        self.link, self.upload = self.cast.link, self.cast.upload
        self.opened = f"https://any.example/en/link/#{self.link}"
        tables.restore(self.cast.saved)

    def call(self, operation: str) -> dict[str, Any]:
        registration = {"email": any_email(), "password": any_password(), "name": any_name()}
        credentials = {"email": self.person.email, "password": self.person.password}
        calls: dict[str, dict[str, Any]] = {
            "register_user": {"path": "/users", "body": registration},
            "start_session": {"path": "/sessions", "body": credentials},
            "end_session": {"path": "/sessions/current", "by": self.person},
            "edit_own_profile": {"path": "/users/me", "body": {"name": any_name()}, "by": self.person},
            "list_page": {"path": "/users", "by": self.admin},
            "show_user": {"path": f"/users/{self.person.id}", "by": self.admin},
            "delete_user": {"path": f"/users/{self.person.id}", "by": self.admin},
            "restore_user": {"path": f"/users/{self.gone.id}/restore", "by": self.admin},
            "change_own_password": {
                "path": "/users/me/password",
                "body": {"current_password": self.person.password, "new_password": any_password()},
                "by": self.person,
            },
            "request_link": {"path": "/password-links", "body": {"email": self.person.email}},
            "look_at_link": {"path": f"/password-links/{self.link}"},
            "open_link": {"path": "/password-links/open", "body": {"link": self.opened}},
            "use_link": {
                "path": f"/password-links/{self.link}",
                "body": {"new_password": any_password()},
            },
            "change_role": {
                "path": f"/users/{self.person.id}/role",
                "body": {"role": "admin"},
                "by": self.admin,
            },
            "show_history": {"path": f"/users/{self.person.id}/history", "by": self.admin},
            "start_upload": {"path": "/uploads", "body": UPLOAD, "by": self.person},
            "list_uploads": {"path": "/uploads", "by": self.person},
            **{
                name: {"path": f"/uploads/{self.upload}{rest}", "by": self.person}
                for name, rest in (
                    ("show_one_upload", ""),
                    ("take_file", "/file"),
                    ("list_errors", "/errors"),
                )
            },
            "live": {"path": "/health/live"},
            "ready": {"path": "/health/ready"},
            "openapi": {"path": "/openapi.json"},
        }
        for name in OPERATIONS:
            if (original := name.removesuffix("_by_form")) != name:
                calls[name] = {**calls[original], "path": self.posted_to(name, calls[original]["path"])}
        return {"method": OPERATIONS[operation][0], **calls[operation]}

    def posted_to(self, operation: str, path: str) -> str:
        """Where a form sends what is at a path."""
        [template] = [path for path, methods in OPENAPI["paths"].items() if has(methods, operation)]
        return f"{path}/delete" if template.endswith("/delete") else path

    def target(self, operation: str) -> Person:
        return self.gone if operation == "restore_user" else self.person

    def app(self, operation: str) -> Any:
        return self.api.apps[OPERATIONS[operation][1]["x-function"]]

    def client(self, operation: str) -> Any:
        services = self.app(operation)._services
        if hasattr(services, "client"):
            return services.client
        return (services.realm if hasattr(services, "realm") else services).store._client

    def put_applied(self, person: Person, keys: list[str], by: Caller = "self") -> None:
        for key in keys:
            entry = {"operation": "other", "fingerprint": "a.00", "at": timestamp(now()), "by": by}
            value: dict[str, Any] = {name: {"S": text} for name, text in entry.items()}
            self.api.dynamodb.update_item(
                TableName=TABLE,
                Key=key_of(person),
                UpdateExpression="SET applied.#key = :entry",
                ExpressionAttributeNames={"#key": key},
                ExpressionAttributeValues={":entry": {"M": {**value, "status": {"N": "200"}}}},
            )


OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    operation["operationId"]: (method.upper(), operation)
    for methods in OPENAPI["paths"].values()
    for method, operation in methods.items()
}


def has(methods: dict[str, Any], operation: str) -> bool:
    return any(one["operationId"] == operation for one in methods.values())


def documented() -> Iterator[tuple[str, str]]:
    for name, (_, operation) in OPERATIONS.items():
        for status, answer in operation["responses"].items():
            if "$ref" in answer:
                for code in answer["$ref"].rpartition("/")[2].split(".")[1:]:
                    assert str(KINDS[code].status) == status
                    yield name, code


def key_of(person: Person) -> dict[str, Any]:
    return {"pk": {"S": person.id}, "sk": {"S": "user"}}


Provoked = tuple[dict[str, Any], AbstractContextManager[Any]]
PROVOCATIONS: dict[str, Callable[[Scene, str], Provoked]] = {}


def provokes(code: str) -> Callable[[Callable[[Scene, str], Any]], None]:
    def remember(provocation: Callable[[Scene, str], Any]) -> None:
        def provoke(scene: Scene, operation: str) -> Provoked:
            found = provocation(scene, operation)
            return found if isinstance(found, tuple) else (found, nullcontext())

        PROVOCATIONS[code] = provoke

    return remember


@provokes("bad-json")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"raw": b"{"}


@provokes("bad-cursor")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"query": "cursor=x"}


@provokes("bad-query")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"query": "unknown=x"}


@provokes("not-signed-in")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"by": None}


@provokes("bad-credentials")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"body": {"email": scene.person.email, "password": any_password()}}


@provokes("not-allowed")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"by": scene.person} if operation == "list_page" else {"headers": {"origin": "https://evil"}}


@provokes("not-through-the-edge")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"headers": {"x-origin-verify": "guess"}}


@provokes("not-found")
def _(scene: Scene, operation: str) -> Any:
    if operation.removesuffix("_by_form") not in {"edit_own_profile", "change_own_password"}:
        path = scene.call(operation)["path"]
        return {"path": path.replace(scene.target(operation).id, "nobody").replace(scene.upload, "nothing")}
    reads = iter(range(9))

    def purge(**_: object) -> None:
        if next(reads) == 1:  # after the session was judged
            scene.api.dynamodb.delete_item(TableName=TABLE, Key=key_of(scene.person))

    return {}, watching(scene.client(operation), "before-call.dynamodb.GetItem", purge)


@provokes("email-taken")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"body": {**scene.call(operation)["body"], "email": scene.person.email}}


@provokes("not-deleted")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"path": f"/users/{scene.person.id}/restore"}


@provokes("write-conflict")
def _(scene: Scene, operation: str) -> Provoked:
    def interfere(**_: object) -> None:
        scene.api.dynamodb.update_item(
            TableName=TABLE,
            Key=key_of(scene.target(operation)),
            UpdateExpression="SET rev = rev + :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    return {}, watching(scene.client(operation), "before-call.dynamodb.UpdateItem", interfere)


@provokes("link-used")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    scene.api(**scene.call("use_link"))
    return {"key": any_key()}


@provokes("too-large")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"raw": b"x" * 65537}


@provokes("unsupported-media-type")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"headers": {"content-type": "text/plain"}}


@provokes("invalid")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    return {"body": {"unknown": 1}} if "body" in scene.call(operation) else {"key": "no key"}


@provokes("idempotency-mismatch")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    key = any_key()
    if operation == "start_upload":
        call = scene.call(operation)
        assert scene.api(**call, key=key).status == 201
        return {"key": key, "body": {**call["body"], "size": 2}}
    scene.put_applied(scene.target(operation), [key])
    if operation == "register_user":
        return {"key": key, "body": {**scene.call(operation)["body"], "email": scene.person.email}}
    return {"key": key}


@provokes("slow-down")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    if operation in {"start_session", "register_user"}:
        return guessed_too_often(scene, operation)
    target = scene.target(operation)
    by: Caller = "self" if scene.call(operation).get("by", target) == target else "other"
    scene.put_applied(target, [any_key() for _ in range(REMEMBERED)], by)
    return {"key": any_key()}


def guessed_too_often(scene: Scene, operation: str) -> dict[str, Any]:
    """The same log-in, or the same registration again, with another password than the right one."""
    call = {**scene.call(operation), "key": any_key()}
    scene.api(**call)
    call["body"] = {**call["body"], "password": any_password()}
    for _ in range(FREE):
        assert scene.api(**call).status in {401, 409}
    return {"body": call["body"], "key": call["key"]}


@provokes("unexpected")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    def fail(given: str) -> None:
        raise RuntimeError("a fault of ours")

    scene.monkeypatch.setattr(scene.app(operation)._origin, "check", fail)
    return {}


@provokes("unavailable")
def _(scene: Scene, operation: str) -> dict[str, Any]:
    unreachable = FakeSecret()
    unreachable.works = False
    scene.monkeypatch.setattr(scene.app(operation)._origin, "_secret", cached(unreachable))
    return {}


def provoke(scene: Scene, operation: str, code: str) -> Callable[..., Reply]:
    change, around = PROVOCATIONS[code](scene, operation)

    def ask(**headers: str) -> Reply:
        call = {**scene.call(operation), **change}
        call["headers"] = {**call.get("headers", {}), **headers}
        if "raw" in change:
            call.pop("body", None)
        return scene.api(**call)

    def asking(**headers: str) -> Reply:
        with ExitStack() as stack:
            stack.enter_context(around)
            return ask(**headers)

    return asking
