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
from web.forms import MENDABLE, context_of, form_again, where
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
    route does.
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
    ) -> None:
        self._routes = routes
        self._services = services
        self._origin = origin
        self._region = region
        self._sessions = sessions
        self._recall = recall
        self._missing = missing

    def __call__(self, event: object, context: object) -> Response:  # noqa: ARG002
        """Answer one event of the HTTP API; never raises."""
        budget.begin()
        started = time.perf_counter()
        request = Request(event if isinstance(event, Mapping) else {})
        route: Route[S] | None = None
        fault: BaseException | None = None
        try:
            self._origin.check(request.header("x-origin-verify"))
            route = self._route(request)
            answer = self._answer(route, request)
            response = self._response(request, answer, route)
            outcome = "ok"
        except Exception as error:
            problem = _as_problem(error)
            outcome = problem.code
            fault = error if problem.code == "unexpected" else error.__cause__
            response = self._problem(request, problem, route)
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

    def _route(self, request: Request) -> Route[S]:
        try:
            return self._routes[request.route_key]
        except KeyError:
            raise (self._missing(request) if self._missing else Problem("not-found")) from None

    def _answer(self, route: Route[S], request: Request) -> Answer:
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
            request.viewer = user
            return answer
        user = request.viewer = sessions.judge(claims, user)
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
        if route.takes_key:
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
            operation=route.operation,
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

    def _response(self, request: Request, answer: Answer, route: Route[S] | None) -> Response:
        headers = {
            **answer.headers,
            "x-request-id": request.id,
            "x-served-region": self._region,
            "cache-control": "private, no-store",
        }
        status, text = answer.status, _json(answer)
        if request.wants_page and route and route.then and status < 300:
            headers |= {"location": where(route.then, request)}
            status, text = 303, ""
        elif (html := self._as_html(request, answer, route)) is not None:
            headers |= {"content-type": "text/html; charset=utf-8", "content-language": request.language}
            status, text = 200 if status == 204 else status, html
        elif text:
            headers.setdefault("content-type", "application/json")
        return {
            "statusCode": status,
            "headers": headers,
            "body": "" if request.method == "HEAD" else _sendable(text),
        }

    def _as_html(self, request: Request, answer: Answer, route: Route[S] | None) -> str | None:
        if request.wants_fragment and answer.fragment:
            from web.html import render

            return render(answer.fragment, request.language, context_of(answer))
        page = answer.page or (route.page if route else None)
        if request.wants_page and page:
            from web.html import render_page

            return render_page(page, request, context_of(answer))
        return None

    def _problem(self, request: Request, problem: Problem, route: Route[S] | None) -> Response:
        answer = _problem_answer(request, problem)
        try:
            if request.wants_page and route and route.form and problem.code in MENDABLE:
                return self._response(request, form_again(request, route, answer), None)
            return self._response(request, answer, None)
        except Exception:
            # A page that cannot be rendered must not turn an answer into none.
            return self._response(request, replace(answer, fragment=None, page=None), None)


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
        page="problem.html",
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


def _json(answer: Answer) -> str:
    if answer.body is None or answer.status == 204:
        return ""
    return answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)


def _sendable(text: str) -> str:
    """Without lone surrogates, which JSON can carry in and UTF-8 cannot carry out."""
    return text.encode("utf-8", "replace").decode()
