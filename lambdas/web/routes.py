"""Declaring routes once, with who may call them and what they answer: dispatch and openapi.json follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from users.change import Done, Write
from users.model import User
from web.problems import KINDS, Code
from web.request import Request

if TYPE_CHECKING:
    from pydantic import BaseModel

    M = TypeVar("M", bound=BaseModel)

S = TypeVar("S")
BASE = "/api/v1"
SAFE = frozenset({"GET", "HEAD"})

Access = Literal["anyone", "signed-in", "admin", "admin-or-self"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a handler answers. ``body`` is its JSON, ``fragment`` its HTML with ``context`` (or ``body``)."""

    status: int
    body: Mapping[str, Any] | str | None = None
    fragment: str | None = None
    context: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request that has passed every check: who asks, for whom, and for what."""

    request: Request
    caller: User | None
    target: str
    body: object
    query: object
    write: Write

    def body_as(self, model: "type[M]") -> "M":
        """The body, which the route declares to be a ``model``."""
        assert isinstance(self.body, model)  # noqa: S101
        return self.body

    def query_as(self, model: "type[M]") -> "M":
        """The query, which the route declares to be a ``model``."""
        assert isinstance(self.query, model)  # noqa: S101
        return self.query


Handler = Callable[[Call, S], Answer]
Writer = Callable[[Call, S], Done]


@dataclass(frozen=True, kw_only=True)
class Route(Generic[S]):
    """One operation of the API."""

    name: str
    function: str
    method: str
    path: str
    access: Access
    summary: str
    answers: Mapping[int, Any]
    refusals: frozenset[Code]
    body: "type[BaseModel] | None"
    query: "type[BaseModel] | None"
    handle: Handler[S] | None = None
    write: Writer[S] | None = None
    present: Callable[[Done, S], Answer] | None = None
    confirm: Callable[[Call, S, Done], None] | None = None
    fragment: bool = False

    @property
    def key(self) -> str:
        """The route key of the HTTP API."""
        return f"{self.method} {BASE}{self.path}"

    @property
    def is_write(self) -> bool:
        return self.method not in SAFE

    @property
    def is_idempotent(self) -> bool:
        return self.write is not None

    @property
    def has_target(self) -> bool:
        return "{id}" in self.path

    @property
    def is_about_self(self) -> bool:
        return self.path.startswith("/users/me")

    def codes(self) -> frozenset[Code]:
        """Every code that this route can answer."""
        found: set[Code] = {"not-through-the-edge", "unexpected", "unavailable", "bad-query", *self.refusals}
        if self.is_write:
            found |= {"not-allowed", "too-large"}
        if self.body:
            found |= {"bad-json", "unsupported-media-type", "invalid"}
        if self.is_idempotent:
            found |= {"invalid", "idempotency-mismatch"}
        if self.access != "anyone":
            found.add("not-signed-in")
        if self.access == "admin":
            found.add("not-allowed")
        if self.has_target:
            found.add("not-found")
        return frozenset(found)

    def problems(self) -> dict[int, list[Code]]:
        """The codes by status."""
        found: dict[int, list[Code]] = {}
        for code in KINDS:
            if code in self.codes():
                found.setdefault(KINDS[code].status, []).append(code)
        return found


class Routes(Generic[S]):
    """The routes of one function."""

    def __init__(self, function: str) -> None:
        self.function = function
        self.all: list[Route[S]] = []

    def __getitem__(self, route_key: str) -> Route[S]:
        for route in self.all:
            if route.key == route_key:
                return route
        raise KeyError(route_key)

    def answer(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        summary: str,
        answers: Mapping[int, Any],
        body: "type[BaseModel] | None" = None,
        query: "type[BaseModel] | None" = None,
        refusals: tuple[Code, ...] = (),
        fragment: bool = False,
    ) -> Callable[[Handler[S]], Handler[S]]:
        """Declare a route whose handler answers itself; ``fragment`` when it answers HTML too."""

        def declare(handler: Handler[S]) -> Handler[S]:
            self.all.append(
                Route(
                    name=handler.__name__,
                    function=self.function,
                    method=method,
                    path=path,
                    access=access,
                    summary=summary,
                    answers=answers,
                    refusals=frozenset(refusals),
                    body=body,
                    query=query,
                    handle=handler,
                    fragment=fragment,
                )
            )
            return handler

        return declare

    def write(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        summary: str,
        answers: Mapping[int, Any],
        present: Callable[[Done, S], Answer],
        body: "type[BaseModel] | None" = None,
        refusals: tuple[Code, ...] = (),
        confirm: Callable[[Call, S, Done], None] | None = None,
        fragment: bool = True,
    ) -> Callable[[Writer[S]], Writer[S]]:
        """Declare a write that takes an Idempotency-Key; a repetition is presented like the first time.

        ``confirm`` refuses a repetition that the fingerprint alone does not vouch for.
        """

        def declare(writer: Writer[S]) -> Writer[S]:
            self.all.append(
                Route(
                    name=writer.__name__,
                    function=self.function,
                    method=method,
                    path=path,
                    access=access,
                    summary=summary,
                    answers=answers,
                    refusals=frozenset(refusals),
                    body=body,
                    query=None,
                    write=writer,
                    present=present,
                    confirm=confirm,
                    fragment=fragment,
                )
            )
            return writer

        return declare
