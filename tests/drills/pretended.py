"""A deployment in memory, for a drill: its people, two regions and an edge, which fail as they are told."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.ops.world import EAST, WEST, World
from twinhull.ops.client import Client
from twinhull.ops.drill.load import Load
from twinhull.ops.drill.plan import Step
from twinhull.ops.drill.run import Drill, Options
from twinhull.ops.drill.sender import API, Sender
from twinhull.ops.drill.switches import Settings

ADMIN = {"email": "admin@example.com", "password": "any"}
EDGE = "https://edge.example"


@dataclass
class Reply:
    """What comes back for a request."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def read(self) -> bytes:
        return json.dumps(self.body).encode()


class People:
    """An `aiohttp.ClientSession` whose every request reaches the same people.

    ``fails`` gives a status for a request that is to fail, which then does nothing.
    """

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.history: dict[str, list[str]] = {}
        self.sent: Counter[str] = Counter()
        self.fails: Callable[[str, str], int | None] = lambda *_: None

    async def __aenter__(self) -> "People":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    @asynccontextmanager
    async def request(
        self, method: str, url: str, *, json: Any, headers: Mapping[str, str], **_: Any
    ) -> AsyncIterator[Reply]:
        path = url[url.find(API) :].removeprefix(API) if API in url else url
        self.sent[f"{method} {path}"] += 1
        status = self.fails(method, path)
        yield Reply(status) if status else self._answer(method, path, json or {}, headers)

    def _answer(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Reply:
        me = headers.get("authorization", "").removeprefix("Bearer ")
        match method, *path.strip("/").split("/"):
            case "POST", "sessions":
                found = [id for id, user in self.users.items() if user["email"] == body["email"]]
                return Reply(201, {"token": (found or ["admin"])[0]})
            case "POST", "users":
                if body["email"] in {user["email"] for user in self.users.values()}:
                    return Reply(409)
                id = f"usr_{len(self.users)}"
                self.users[id] = {"id": id, "email": body["email"], "name": body["name"], "role": "user"}
                self.history[id] = ["registered"]
                return Reply(201, {"id": id})
            case "PATCH", "users", "me":
                return self._write(me, "profile-edited", name=body["name"])
            case "PUT", "users", id, "role":
                return self._write(id, "role-changed", role=body["role"])
            case "DELETE", "users", id:
                return (
                    Reply(204) if self._write(id, "deleted", deleted_at="any").status == 200 else Reply(404)
                )
            case "POST", "users", id, "restore":
                del self.users[id]["deleted_at"]
                return self._write(id, "restored")
            case "GET", "users", id, "history":
                return Reply(200, {"items": [{"what": what} for what in self.history[id]]})
            case "GET", "users", id if id not in {"me"} and "?" not in path:
                return Reply(200, self.users[id]) if id in self.users else Reply(404)
        return Reply(200, {})

    def _write(self, id: str, what: str, **changes: Any) -> Reply:
        if id not in self.users:
            return Reply(404)
        self.users[id] |= changes
        self.history[id].append(what)
        return Reply(200, self.users[id])


class Switches:
    """Loses a region of a world, and says what it did."""

    where: Literal["local", "aws"] = "local"
    states: tuple[str, ...] = ("error",)

    def __init__(self, world: World) -> None:
        self.world = world
        self.done: list[str] = []

    def settings(self) -> Settings:
        return {EAST: 200, WEST: 200}

    def lose(self, region: str, state: str) -> None:
        self.done.append(f"lose {region}")
        self.world.status[region] = 503

    def put_back(self, settings: Settings) -> None:
        self.done.append("put back")
        self.world.status.update(settings)


def client(people: People) -> Client:
    return Client(people, EDGE)  # type: ignore[arg-type]


def any_load(people: People, **options: Any) -> Load:
    only = {"rivals": False, "granters": False, "plain": False}
    sender = Sender(client(people), ADMIN)
    return Load(sender, regions=(EAST, WEST), pace=0.001, **{"clients": 1, **only, **options})


def any_drill(world: World, *steps: Step, **options: Any) -> Drill:
    switches = Switches(world)
    made = Options(
        seconds=1,
        clients=2,
        pace=0.01,
        regions=[EAST],
        states=["error"],
        steps=steps,
        **{"warm_up": 0, **options},
    )
    return Drill(
        cloud=world.cloud,
        deployment=world.deployment,
        switches=switches,
        settings=switches.settings(),
        administrator=ADMIN,
        options=made,
        edge=EDGE,
    )
