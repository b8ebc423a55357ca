"""Answers viewers as CloudFront would: behaviour, function, origins, policies, in this order."""

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from local.edge.distribution import READS, Behaviour, Distribution, OriginGroup
from local.edge.errors import error_page
from local.edge.event import generated_response, origin_headers, origin_target, viewer_event
from local.edge.function import FunctionFailedError, Outcome, ViewerRequestFunction
from local.edge.origin_client import HOP_BY_HOP, OriginAnswer, OriginClient, OriginError, OriginRequest

log = logging.getLogger(__name__)

ReadStore = Callable[[str], Awaitable[Mapping[str, str] | None]]
"""Given a key-value store's ARN: its content, or None when it cannot be read."""

UNCHANGED = Outcome({}, None)

POLICY = "content-security-policy"


class Edge:
    """One distribution. Nothing is cached, so an answer is never older than the origin's."""

    def __init__(
        self,
        distribution: Distribution,
        *,
        origins: OriginClient,
        read_store: ReadStore,
        location: str,
        reachable: Callable[[str], str] = lambda text: text,
    ) -> None:
        """`location` is the region of the edge location that viewers seem to have reached.

        `reachable` puts the addresses in a policy by which those are reached on this machine.
        """
        self._reachable = reachable
        self._distribution = distribution
        self._origins = origins
        self._read_store = read_store
        self._functions = {
            behaviour.viewer_request.name: ViewerRequestFunction(
                behaviour.viewer_request, origins=list(distribution.origins), location=location
            )
            for behaviour in distribution.behaviours
            if behaviour.viewer_request
        }

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one viewer's request."""
        request_id = f"{uuid.uuid4().hex}=="
        behaviour = self._distribution.behaviour(request.raw_path.partition("?")[0])
        if request.method not in behaviour.methods:
            reason = "This distribution is not configured to allow the HTTP request method that was used."
            return error_page(403, reason, request_id)
        body = await request.content.read()  # `request.read()` stops at one megabyte
        if body and request.method in {"GET", "HEAD"}:
            return error_page(403, "A request with this method must not have a body.", request_id)
        event = viewer_event(
            request,
            distribution_id=self._distribution.id,
            domain=self._distribution.domain,
            request_id=request_id,
        )
        try:
            outcome = await self._call_function(behaviour, event)
        except FunctionFailedError as error:
            log.error("%s", error)
            reason = "The CloudFront function failed."
            return error_page(503, reason, request_id, cause="FunctionExecutionError")
        if outcome.is_response:
            return self._finish(generated_response(outcome.returned), request_id, "FunctionGeneratedResponse")
        sent = self._origin_request(
            request, outcome.returned or event["request"], behaviour, body, request_id
        )
        group = outcome.selection or self._distribution.group(behaviour.target)
        try:
            answer = await self._ask(group, sent)
        except OriginError as error:
            return error_page(error.status, str(error), request_id)
        return self._finish(_response(answer, behaviour, request.method), request_id, "Miss")

    async def close(self) -> None:
        """End the functions' contexts and the connections to origins."""
        for function in self._functions.values():
            function.close()
        await self._origins.close()

    async def _call_function(self, behaviour: Behaviour, event: Mapping[str, Any]) -> Outcome:
        if behaviour.viewer_request is None:
            return UNCHANGED
        function = self._functions[behaviour.viewer_request.name]
        stored = await self._read_store(function.store) if function.store else None
        return await function(event, stored)

    def _origin_request(
        self,
        request: web.BaseRequest,
        rewritten: Mapping[str, Any],
        behaviour: Behaviour,
        body: bytes,
        request_id: str,
    ) -> OriginRequest:
        headers = origin_headers(rewritten, behaviour.forwarding)
        for name in (*HOP_BY_HOP, "content-length"):
            headers.popall(name, None)
        headers.setdefault("user-agent", "Amazon CloudFront")
        viewer = request.remote or "127.0.0.1"
        forwarded = request.headers.getall("x-forwarded-for", [])
        headers["x-forwarded-for"] = ", ".join([*forwarded, viewer])
        headers["via"] = "1.1 local-edge (CloudFront)"
        headers["x-amz-cf-id"] = request_id
        return OriginRequest(request.method, origin_target(rewritten, behaviour.forwarding), headers, body)

    async def _ask(self, group: OriginGroup, request: OriginRequest) -> OriginAnswer:
        """Ask the group's origins in order; only a read ever reaches the second one."""
        members = group.members if request.method in READS else group.members[:1]
        for place, member in enumerate(members, start=1):
            last = place == len(members)
            try:
                answer = await self._origins.ask(self._distribution.origins[member], request)
            except OriginError as error:
                log.info("%s: %s", member, error)
                if last or error.criterion not in group.statuses:
                    raise
            else:
                if last or answer.status not in group.statuses:
                    return answer
        raise AssertionError("an origin group has members")

    def _finish(self, response: web.Response, request_id: str, cache: str) -> web.Response:
        if policy := response.headers.get(POLICY):
            response.headers[POLICY] = self._reachable(policy)
        response.headers.setdefault("server", "CloudFront")
        response.headers["x-cache"] = f"{cache} from cloudfront"
        response.headers["x-amz-cf-id"] = request_id
        response.headers.add("via", "1.1 local-edge (CloudFront)")
        return response


def _response(answer: OriginAnswer, behaviour: Behaviour, method: str) -> web.Response:
    headers = CIMultiDict(answer.headers)
    for name in (*HOP_BY_HOP, "date"):
        headers.popall(name, None)
    if method != "HEAD":
        headers.popall("content-length", None)
    behaviour.response_headers.apply(headers)
    return web.Response(status=answer.status, headers=headers, body=answer.body or None)
