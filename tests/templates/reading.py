"""What templates say."""

import json
from collections.abc import Iterator
from typing import Any

from tools.assembly import Assembly, Resource
from tools.readable import text


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(assembly: Assembly) -> Iterator[tuple[Resource, dict[str, Any]]]:
    """Every statement of every policy that allows something."""
    for resource in assembly.resources():
        documents = [resource.properties.get("PolicyDocument")]
        documents += [policy["PolicyDocument"] for policy in resource.properties.get("Policies", [])]
        for document in filter(None, documents):
            for statement in document["Statement"]:
                if statement["Effect"] == "Allow":
                    yield resource, statement


def granted(assembly: Assembly, region: str, function: str) -> Iterator[tuple[str, str]]:
    """(Action, resource) for all that a function's role may."""
    role = text(assembly.functions()[region, function].properties["Role"])
    for resource, statement in statements(assembly):
        for name in map(text, resource.properties.get("Roles", [])):
            if resource.region == region and role == f"{name[:-1]}.Arn}}":
                for action in listed(statement["Action"]):
                    for target in listed(statement["Resource"]):
                        yield action, text(target)


def replications(assembly: Assembly) -> dict[str, dict[str, Any]]:
    """Region → the call that switches its replication on."""
    return {
        one.region: json.loads(text(one.properties["Update"]))
        for one in assembly.resources("Custom::BucketReplication")
    }


def watchdog_function(assembly: Assembly, region: str) -> Resource:
    (found,) = assembly.resources("AWS::Lambda::Function", stack=f"-watch-{region}")
    return found


def granted_to_watchdog(assembly: Assembly, region: str) -> dict[str, Any]:
    """Action → its statement, less what every function may."""
    return {
        action: statement
        for resource, statement in statements(assembly)
        if resource.type == "AWS::IAM::Policy" and f"watch-{region}" in resource.path
        for action in listed(statement["Action"])
        if not action.startswith(("logs:", "xray:"))
    }
