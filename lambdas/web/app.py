"""One request through a function: checked in the order of the contract, answered in JSON or HTML."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from telemetry.log import log_call
from users.change import Done, Write
from users.errors import Refusal, Rejected
from users.model import User
from web import budget
from web.cross_site import check_same_site
from web.languages import say
from web.origin import Origin
from web.problems import KINDS, FieldError, Problem
from web.request import Request
from web.routes import SAFE, Answer, Call, Route, Routes

if TYPE_CHECKING:
    from pydantic import BaseModel

    from web.session import Claims, Sessions

S = TypeVar("S")
Response = dict[str, Any]


class App(Generic[S]):
    """A function's handler.

    ``sessions`` and ``recall`` are needed by routes that are not for anyone; ``missing`` answers what no
    route does; ``html`` is off in functions that carry no templates.
    """

    def __init__(
        self,
        routes: Routes[S],
        services: S,
        *,
        origin: Origin,
        region: str,
        sessions: "Sessions | None" = None,
        recall: Callable[[User, Write], Done | None] | None = None,
        missing: Callable[[Request], Problem] | None = None,
        html: bool = True,
    ) -> None:
        self._routes = routes
        self._services = services
        self._origin = origin
        self._region = region
        self._sessions = sessions
        self._recall = recall
        self._missing = missing
        self._html = html

    def __call__(self, event: object, context: object) -> Response:  # noqa: ARG002
        """Answer one event of the HTTP API; never raises."""
        budget.begin()
        started = time.perf_counter()
        request = Request(event if isinstance(event, Mapping) else {})
        fault: BaseException | None = None
        try:
            answer = self._answer(request)
            response = self._response(request, answer)
            outcome = "ok"
        except Exception as error:
            problem = _as_problem(error)
            outcome = problem.code
            fault = error if problem.code == "unexpected" else error.__cause__
            response = self._problem(request, problem)
        log_call(
            "request",
            fault=fault,
            request_id=request.id,
            region=self._region,
            route=request.route_key,
            status=response["statusCode"],
            duration_ms=round((time.perf_counter() - started) * 1000, 1),
            outcome=outcome,
        )
        return response

    def _answer(self, request: Request) -> Answer:
        self._origin.check(request.header("x-origin-verify"))
        try:
            route = self._routes[request.route_key]
        except KeyError:
            raise (self._missing(request) if self._missing else Problem("not-found")) from None
        if request.method not in SAFE:
            _ = request.body  # raises if it is too large
            check_same_site(request)
        if route.access == "anyone":
            return self._run(route, self._parse(route, request, caller="anyone", target=""))
        assert self._sessions  # noqa: S101
        claims = self._sessions.read(request)
        if claims is None:
            raise Problem("not-signed-in")
        return self._answer_somebody(route, request, claims, self._sessions)

    def _answer_somebody(
        self, route: Route[S], request: Request, claims: "Claims", sessions: "Sessions"
    ) -> Answer:
        target = claims.subject if route.is_about_self else request.path_parameter("id")
        target = claims.subject if target == "me" else target
        call, fault = None, None
        try:
            call = self._parse(route, request, caller=claims.subject, target=target)
        except Problem as problem:
            fault = problem
        user = sessions.user(claims)
        if call and user and target == claims.subject and (answer := self._replay(route, user, call)):
            return answer
        user = sessions.judge(claims, user)
        session = sessions.renew(claims, user)
        renewed = {"set-cookie": session.cookie} if session else {}
        try:
            _judge_access(route, user, target)
            if call is None:
                raise fault or Problem("unexpected")
            answer = self._run(route, replace(call, caller=user))
        except (Problem, Refusal, Rejected) as error:
            refused = _as_problem(error)
            refused.headers = renewed | refused.headers
            raise refused from error.__cause__
        # What a route does to the session itself counts.
        return replace(answer, headers=renewed | dict(answer.headers))

    def _parse(self, route: Route[S], request: Request, *, caller: str, target: str) -> Call:
        """Everything that was sent; of several faults of the key and the body, all are named."""
        parameters = request.query()
        query: BaseModel | None = None
        if route.query:
            from web.validation import validate_query

            query = validate_query(route.query, parameters)
        elif parameters:
            raise Problem("bad-query")
        faults: list[FieldError] = []
        key, body = None, None
        if route.is_idempotent:
            try:
                key = request.idempotency_key()
            except Problem as problem:
                faults.extend(problem.errors)
        if route.body:
            from web.validation import validate

            try:
                body = validate(route.body, request.fields())
            except Problem as problem:
                if problem.code != "invalid":
                    raise
                faults.extend(problem.errors)
        if faults:
            raise Problem("invalid", errors=tuple(faults))
        write = Write(
            operation=route.name,
            caller=caller,
            status=min(route.answers),
            body=_without_passwords(body) if body else {},
            key=key,
        )
        return Call(request=request, caller=None, target=target, body=body, query=query, write=write)

    def _replay(self, route: Route[S], user: User, call: Call) -> Answer | None:
        """The first answer to this write on oneself, before it is asked whether one may still do it."""
        if not (route.present and self._recall and call.write.key):
            return None
        try:
            done = self._recall(user, call.write)
        except Refusal:
            return None
        if done and route.confirm:
            route.confirm(call, self._services, done)
        return route.present(done, self._services) if done else None

    def _run(self, route: Route[S], call: Call) -> Answer:
        if route.write and route.present:
            return route.present(route.write(call, self._services), self._services)
        assert route.handle  # noqa: S101
        return route.handle(call, self._services)

    def _response(self, request: Request, answer: Answer) -> Response:
        headers = {
            **answer.headers,
            "x-request-id": request.id,
            "x-served-region": self._region,
            "cache-control": "private, no-store",
        }
        if answer.fragment and self._html and request.prefers_html:
            from web.html import render

            context = answer.context if answer.context is not None else answer.body
            assert isinstance(context, Mapping)  # noqa: S101
            text = render(answer.fragment, request.language, context)
            headers |= {"content-type": "text/html; charset=utf-8", "content-language": request.language}
            status = 200 if answer.status == 204 else answer.status
            return {"statusCode": status, "headers": headers, "body": _sendable(text)}
        if answer.body is None or answer.status == 204:
            return {"statusCode": answer.status, "headers": headers, "body": ""}
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
        headers.setdefault("content-type", "application/json")
        return {"statusCode": answer.status, "headers": headers, "body": _sendable(text)}

    def _problem(self, request: Request, problem: Problem) -> Response:
        answer = _problem_answer(request, problem)
        try:
            return self._response(request, answer)
        except Exception:
            # A fragment that cannot be rendered must not turn an answer into none.
            return self._response(request, replace(answer, fragment=None))


def _judge_access(route: Route[S], user: User, target: str) -> None:
    if route.access == "signed-in" or user.profile.role == "admin":
        return
    if route.has_target and target != user.id:
        raise Problem("not-found")
    if route.access == "admin":
        raise Problem("not-allowed")


def _as_problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, Rejected):
        fault = error.fault
        one = FieldError(
            pointer=f"/{error.field}", code=fault.code, message=fault.message, values=fault.values
        )
        return Problem("invalid", errors=(one,))
    if isinstance(error, Refusal):
        headers = {"retry-after": str(error.retry_after)} if error.retry_after else {}
        return Problem(error.code, headers=headers)
    return Problem("unexpected")


def _problem_answer(request: Request, problem: Problem) -> Answer:
    kind, language = KINDS[problem.code], request.language
    body: dict[str, Any] = {
        "type": f"urn:twinhull:problem:{problem.code}",
        "title": say(language, kind.title),
        "status": kind.status,
        "detail": say(language, kind.detail),
        "code": problem.code,
        "request_id": request.id,
        **problem.members,
    }
    errors = [
        {"pointer": one.pointer, "code": one.code, "detail": say(language, one.message, one.values)}
        for one in problem.errors
    ]
    return Answer(
        status=kind.status,
        body={**body, "errors": errors} if errors else body,
        fragment="problem.html",
        context={**body, "errors": errors},
        headers={
            "content-type": "application/problem+json",
            "content-language": language,
            **problem.headers,
        },
    )


def _without_passwords(body: "BaseModel") -> dict[str, Any]:
    from pydantic import SecretStr

    fields = body.model_dump(exclude_unset=True)
    return {name: value for name, value in fields.items() if not isinstance(value, SecretStr)}


def _sendable(text: str) -> str:
    """Without lone surrogates, which JSON can carry in and UTF-8 cannot carry out."""
    return text.encode("utf-8", "replace").decode()
