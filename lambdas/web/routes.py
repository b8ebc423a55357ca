"""Declaring routes once, with who may call them and what they answer: dispatch and openapi.json follow."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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
    """What a handler answers.

    ``body`` is its JSON, ``fragment`` its HTML inside a page, both from ``context`` (or ``body``) as is the
    page of its own that the route names.
    """

    status: int
    body: Mapping[str, Any] | str | None = None
    fragment: str | None = None
    page: str | None = None
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
    """One operation of the API.

    ``page`` is what it answers to who wants a whole page, ``then`` where such a one is sent on to after a
    write, and ``form`` the page with the form that is shown again when something is wrong with it.
    ``operation`` is the name under which the write is remembered, by whatever route it came.
    """

    name: str
    operation: str
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
    ignores_key: bool = False
    fragment: bool = False
    page: str | None = None
    then: str | None = None
    form: str | None = None

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
    def takes_key(self) -> bool:
        """Whether a malformed Idempotency-Key is refused, also where a repetition is harmless without one."""
        return self.is_write and not self.ignores_key

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
        if self.takes_key:
            found.add("invalid")
        if self.is_idempotent:
            found.add("idempotency-mismatch")
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
        """The route of a route key; HEAD is answered like GET."""
        wanted = re.sub(r"^HEAD ", "GET ", route_key)
        for route in self.all:
            if route.key == wanted:
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
        ignores_key: bool = False,
        fragment: bool = False,
        page: str | None = None,
        then: str | None = None,
        form: str | None = None,
        posted_to: str | None = None,
    ) -> Callable[[Handler[S]], Handler[S]]:
        """Declare a route whose handler answers itself; ``fragment`` when it answers HTML too.

        Forms can only send POST: what they send to ``posted_to`` is served like ``method`` at ``path``.
        """

        def declare(handler: Handler[S]) -> Handler[S]:
            self._add(
                Route(
                    name=handler.__name__,
                    operation=handler.__name__,
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
                    ignores_key=ignores_key,
                    fragment=fragment,
                    page=page,
                    then=then,
                    form=form,
                ),
                posted_to,
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
        page: str | None = None,
        then: str | None = None,
        form: str | None = None,
        posted_to: str | None = None,
    ) -> Callable[[Writer[S]], Writer[S]]:
        """Declare a write that takes an Idempotency-Key; a repetition is presented like the first time.

        ``confirm`` refuses a repetition that the fingerprint alone does not vouch for. For the others see
        ``answer``.
        """

        def declare(writer: Writer[S]) -> Writer[S]:
            self._add(
                Route(
                    name=writer.__name__,
                    operation=writer.__name__,
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
                    page=page,
                    then=then,
                    form=form,
                ),
                posted_to,
            )
            return writer

        return declare

    def _add(self, route: Route[S], posted_to: str | None) -> None:
        self.all.append(route)
        if posted_to:
            summary = f"{route.summary}: for forms, which send only POST"
            self.all.append(
                replace(route, name=f"{route.name}_by_form", method="POST", path=posted_to, summary=summary)
            )
