"""Makes MiniStack enforce IAM here, and writes down each decision about a role.

The root of the account is the access key of this run and nobody else: MiniStack would take `test`, an empty
key, and any twelve digits. Requests without a key reach it only with the internal key (`request_guard`):
signed S3 forms and links, which it checks by their own signature, and calls of HTTP APIs.
"""

import hashlib
import json
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id
from ministack.core.router import extract_region
from ministack.services import ses, sts

from local.keys import Keys

DECISIONS: Final = "decisions.jsonl"
"""In the emulator's home: `{"at", "role", "session", "action", "resource", "allowed"}`, one line for each.

It is of one run alone; a folder that is given besides keeps a file of each run."""

SEND: Final = ("POST", "/v2/email/outbound-emails")


def install(home: Path, keys: Keys, *, decisions: Path | None) -> None:
    """Enforce IAM from now on; to be called once, before anything is served."""
    _trust_only(keys)
    _give_functions_sessions_of(keys)
    _treat_loopback_as_secure()
    _check_senders()
    _check_key_value_stores()
    files = [home / DECISIONS]
    if decisions is not None:
        files.append(decisions / f"{uuid.uuid4().hex}.jsonl")
    _write_decisions(files)


def _trust_only(keys: Keys) -> None:
    def is_root(access_key_id: str) -> bool:
        return access_key_id in {"", keys.access_key_id}

    resolve = iam_evaluator.resolve_credential

    def resolve_credential(access_key_id: str, *others: Any, **named: Any) -> Any:
        found = resolve(access_key_id, *others, **named)
        if is_root(access_key_id) and isinstance(found, iam_evaluator.ResolvedCredential):
            return replace(found, secret_access_key=keys.secret_access_key)
        return found

    _replace(iam_evaluator.is_root_access_key, is_root)
    _replace(resolve, resolve_credential)


def _give_functions_sessions_of(keys: Keys) -> None:
    """MiniStack derives a function's session from its name alone: every caller could."""
    derive = lambda_runtime.execution_credentials

    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        known = derive(config)
        session = sts._sessions.pop(known["AWS_ACCESS_KEY_ID"])
        secret = keys.derive(f"function {config['FunctionArn']} {config.get('Role', '')}")
        access_key_id = f"ASIA{secret[:16].upper()}"
        given = {
            "AWS_ACCESS_KEY_ID": access_key_id,
            "AWS_SECRET_ACCESS_KEY": hashlib.sha256(f"secret {secret}".encode()).hexdigest(),
            "AWS_SESSION_TOKEN": hashlib.sha256(f"token {secret}".encode()).hexdigest(),
        }
        sts.register_session(
            access_key_id,
            {
                **session,
                "SecretAccessKey": given["AWS_SECRET_ACCESS_KEY"],
                "SessionToken": given["AWS_SESSION_TOKEN"],
            },
        )
        return given

    _replace(derive, execution_credentials)


def _treat_loopback_as_secure() -> None:
    """Nobody can listen between two programs of one machine, and policies demand `aws:SecureTransport`."""
    pin = app.pin_request_origin
    _replace(pin, lambda source_ip, _: pin(source_ip, True))


def _check_senders() -> None:
    """Check `SendEmail` against the sender's identity and configuration set, with `ses:FromAddress`.

    MiniStack checks `*` alone.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
    """
    enforce = app._enforce_ses_v2

    def enforce_sender(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request_id: str
    ) -> Any:
        if (method, path.rstrip("/")) != SEND:
            return enforce(method, path, headers, body, query, request_id)
        address = parseaddr(iam_actions._safe_json_field(body, "FromEmailAddress") or "")[1]
        region = extract_region(headers, query)
        identity = address if address in ses._identities else address.rpartition("@")[2]
        arns = [f"identity/{identity}"]
        if configuration_set := iam_actions._safe_json_field(body, "ConfigurationSetName"):
            arns.append(f"configuration-set/{configuration_set}")
        for arn in [f"arn:aws:ses:{region}:{get_account_id()}:{resource}" for resource in arns]:
            refused = app._enforce_data_plane(
                "sesv2",
                "ses:SendEmail",
                headers,
                query,
                request_id,
                resource_arn=arn,
                service_context={"ses:FromAddress": address},
                named_resource=arn,
            )
            if refused:
                return refused
        return None

    _replace(enforce, enforce_sender)


def _check_key_value_stores() -> None:
    """Check calls of CloudFront's key-value stores against the store; MiniStack checks `*` alone."""
    extract = iam_actions.extract_resource_arn

    def extract_resource_arn(service: str, method: str, path: str, *others: Any) -> str:
        parts = path.split("/")
        if service == "cloudfront-keyvaluestore" and parts[1:2] == ["key-value-stores"]:
            # The ARN has a slash of its own.
            named = unquote("/".join(parts[2:]))
            return "/".join(named.split("/")[:2])
        return str(extract(service, method, path, *others))

    _replace(extract, extract_resource_arn)


def _write_decisions(files: Sequence[Path]) -> None:
    enforce = iam_evaluator.enforce
    # Line by line, so that a reader never meets half a decision.
    logs = [file.open("w", encoding="utf-8", buffering=1) for file in files]
    turn = threading.Lock()

    def enforce_and_write(
        access_key_id: str, iam_action: str, service: str, region: str, resource_arn: str = "*", **named: Any
    ) -> Any:
        refused = enforce(access_key_id, iam_action, service, region, resource_arn=resource_arn, **named)
        arn = str((sts._sessions.get(access_key_id) or {}).get("Arn", ""))
        if ":assumed-role/" in arn:
            role, _, session = arn.partition(":assumed-role/")[2].partition("/")
            decision = {
                "at": time.time(),
                "role": role,
                "session": session,
                "action": iam_action,
                "resource": resource_arn,
                "allowed": refused is None,
            }
            with turn:
                for log in logs:
                    log.write(json.dumps(decision) + "\n")
        return refused

    _replace(enforce, enforce_and_write)


def _replace(original: Callable[..., Any], replacement: Callable[..., Any]) -> None:
    """Put a function in another's place, also where a module of MiniStack has imported it by name."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "ministack":
            for attribute, value in list(vars(module).items()):
                if value is original:
                    setattr(module, attribute, replacement)
