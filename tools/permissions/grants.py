"""What the roles of an assembly are granted: statement × action × resource."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from local.emulator_process import ACCOUNT
from tools.assembly import Assembly, Resource
from tools.permissions.arns import Arns
from tools.permissions.matching import matches, matches_action


@dataclass(frozen=True, order=True)
class Row:
    """A grant as both Regions have it, with `{region}`, `{peer}` and `{account}` for what differs."""

    role: str
    resource: str
    action: str
    condition: str


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One action on one resource that a role of one Region is granted.

    :ivar role: the construct's name.
    :ivar role_name: what the deployed role's name begins with.
    :ivar trusted: the service that takes the role.
    """

    role: str
    role_name: str
    region: str
    trusted: str
    action: str
    resource: str
    condition: str
    peers: tuple[str, ...]

    def covers(self, action: str, resource: str) -> bool:
        """Return whether it allows a request, conditions aside."""
        return matches_action(self.action, action) and matches(self.resource, resource)

    @cached_property
    def row(self) -> Row:
        """Return it without what differs between the Regions."""
        own = re.sub(rf"^arn:aws:[\w-]+:({self.region})?:({ACCOUNT})?:", "", self.resource)
        own = own.replace(self.region, "{region}").replace(ACCOUNT, "{account}")
        for peer in self.peers:
            own = own.replace(peer, "{peer}")
        return Row(self.role, own, self.action, self.condition)


def read_grants(assembly: Assembly) -> list[Grant]:
    """Return all grants of all roles; raise ValueError for a template that says it in an unknown way."""
    return [grant for stack in assembly.stacks for grant in _of_stack(assembly, stack)]


def _of_stack(assembly: Assembly, stack: str) -> Iterator[Grant]:
    arns = Arns(assembly)
    peers = tuple(sorted({assembly.region(each) for each in assembly.stacks} - {assembly.region(stack)}))
    roles = {role.id: role for role in assembly.resources("AWS::IAM::Role") if role.stack == stack}
    for id, statement in _statements(assembly, stack, roles):
        role = roles[id]
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield Grant(
                    role=construct_of(role),
                    role_name=f"{stack}-{id}",
                    region=role.region,
                    trusted=_trusted(role),
                    action=action,
                    resource=arns.resolve(stack, resource),
                    condition=json.dumps(statement["Condition"]) if "Condition" in statement else "",
                    peers=peers,
                )


def _statements(
    assembly: Assembly, stack: str, roles: dict[str, Resource]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each statement that allows something, with the logical id of its role."""
    for role in roles.values():
        for policy in role.properties.get("Policies", []):
            yield from ((role.id, one) for one in _allowing(policy["PolicyDocument"]))
    for policy in assembly.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        if policy.stack == stack:
            for one in _allowing(policy.properties["PolicyDocument"]):
                yield from ((role["Ref"], one) for role in policy.properties["Roles"])


def _allowing(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (statement for statement in document["Statement"] if statement["Effect"] == "Allow")


def construct_of(role: Resource) -> str:
    """Return the construct that a role belongs to, by its path below the stack, without the CDK's hash."""
    return re.sub(r"[0-9A-F]{32}$", "", role.path.split("/")[1])


def _trusted(role: Resource) -> str:
    [statement] = role.properties["AssumeRolePolicyDocument"]["Statement"]
    return str(statement["Principal"]["Service"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
