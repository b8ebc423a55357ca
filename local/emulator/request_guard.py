"""Lets nobody reach MiniStack but the parts of the local cloud and callers that sign with a key it knows.

MiniStack itself answers every host and origin, takes `test` and any twelve digits for the account's root,
and serves some paths without any signature. So this stands before it: requests with the internal key pass
(the Regions' ports send them for browsers and APIs); all others must be AWS API requests, signed in their
`Authorization` header by the access key of this run or by a session that STS has given out.
"""

import hmac
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs, quote

from ministack import app
from ministack.core import iam_evaluator, sigv4
from ministack.core.responses import get_account_id, set_request_account_id

from local.keys import INTERNAL_HEADER, Keys
from local.same_origin import comes_from_elsewhere, names_this_port

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

Answer = tuple[int, Mapping[str, str], bytes]

UNKNOWN_KEY: Final = ("InvalidClientTokenId", "The security token included in the request is invalid.")
SIGNED: Final = ("AWS4-HMAC-SHA256 ", "AWS4-ECDSA-P256-SHA256 ")
CORS: Final = b"access-control-"
LARGEST_BODY: Final = 256 * 1024 * 1024
"""Bytes; packages of functions are the largest bodies, and AWS takes 250 MB of those."""


class RequestGuard:
    """An ASGI application before another one."""

    def __init__(self, application: Application, *, keys: Keys, port: int) -> None:
        self._application = application
        self._keys = keys
        self._port = port

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass on what may pass, and refuse the rest without reading it."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        send = _without_cors(send)
        if self._is_internal(scope):
            await self._application(_without_internal_key(scope), receive, send)
            return
        reason = self._foreign(scope) or self._unsigned(scope)
        if reason is None:
            body = await _body(receive)
            if body is None:
                reason = "The request is too large."
            elif refused := self._forged(scope, body):
                await _answer(send, *refused)
                return
            else:
                await self._application(scope, _replayed(body, receive), send)
                return
        document = json.dumps({"__type": "AccessDeniedException", "message": reason}).encode()
        await _answer(send, 403, {"content-type": "application/json"}, document)

    def _is_internal(self, scope: MutableMapping[str, Any]) -> bool:
        given = _lines(scope, INTERNAL_HEADER)
        return len(given) == 1 and hmac.compare_digest(given[0].encode(), self._keys.internal.encode())

    def _foreign(self, scope: MutableMapping[str, Any]) -> str | None:
        if not names_this_port(lambda name: _lines(scope, name), self._port):
            return "Only requests to this machine's own names are answered here."
        if comes_from_elsewhere(lambda name: _lines(scope, name)):
            return "No web page is answered here."
        return None

    def _unsigned(self, scope: MutableMapping[str, Any]) -> str | None:
        authorizations = _lines(scope, "authorization")
        if len(authorizations) != 1 or not authorizations[0].startswith(SIGNED):
            return "Sign AWS API requests with the key that /_local/config names."
        return None

    def _forged(self, scope: MutableMapping[str, Any], body: bytes) -> Answer | None:
        """Return the service's own answer to a signature that does not hold; None when it holds."""
        headers: dict[str, str] = {}
        for raw, value in scope["headers"]:
            name, text = raw.decode("latin-1").lower(), sigv4.decode_header_value(value)
            # Signatures cover a repeated header as its values joined by a bare comma.
            headers[name] = f"{headers[name]},{text}" if name in headers else text
        signature = sigv4.parse_header_signature(headers)
        if isinstance(signature, tuple):
            return _failure("", signature, headers)
        secret = self._secret(signature.access_key_id, headers.get("x-amz-security-token", ""))
        query = parse_qs(scope.get("query_string", b"").decode(), keep_blank_values=True)
        raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
        failure = sigv4.request_time_failure(signature)
        if failure is None and secret is None:
            failure = UNKNOWN_KEY
        if failure is None:
            failure = sigv4.header_signature_failure(
                signature, secret, scope["method"], raw_path.decode("latin-1"), query, headers, body
            )
        return _failure(signature.service, failure, headers) if failure else None

    def _secret(self, access_key_id: str, token: str) -> str | None:
        if access_key_id == self._keys.access_key_id:
            return None if token else self._keys.secret_access_key
        try:
            owner = iam_evaluator.find_iam_access_key_account(access_key_id)
        except iam_evaluator.AmbiguousAccessKeyError:
            return None
        if owner:
            set_request_account_id(owner)
        found = iam_evaluator.resolve_credential(access_key_id, owner or get_account_id(), token)
        if isinstance(found, iam_evaluator.CredentialResolutionError):
            return None
        return str(found.secret_access_key)


def _lines(scope: MutableMapping[str, Any], name: str) -> list[str]:
    wanted = name.encode()
    return [value.decode("latin-1") for raw, value in scope["headers"] if raw.lower() == wanted]


def _without_internal_key(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    hidden = INTERNAL_HEADER.encode()
    return {**scope, "headers": [line for line in scope["headers"] if line[0].lower() != hidden]}


def _without_cors(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [line for line in message.get("headers", []) if not line[0].lower().startswith(CORS)]
            message = {**message, "headers": headers}
        await send(message)

    return sent


async def _body(receive: Receive) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > LARGEST_BODY:
            return None
        chunks.append(chunk)
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(chunks)


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return waiting.pop() if waiting else await receive()

    return received


def _failure(service: str, failure: tuple[str, str], headers: dict[str, str]) -> Answer:
    refused = iam_evaluator.AuthError(*failure)
    answer: Answer = app._credential_failure(service, "", str(uuid.uuid4()), refused, headers)
    return answer


async def _answer(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    fields = {**headers, "content-length": str(len(body))}
    lines = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
