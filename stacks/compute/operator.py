"""What operators have done by the app's own rules."""

from aws_cdk import aws_iam as iam

from stacks.compute.region import Region
from stacks.stateful import DUE
from twinhull import LiveFunction


def add_operator(region: Region) -> LiveFunction:
    """The function that the operators' commands invoke; it has no route."""
    earlier = region.settings.earlier_tables
    operator = region.function(
        "operator", {**region.users, "PEER_REGION": region.peer, "EARLIER_TABLES": earlier}
    )
    users = region.stateful.users
    users.grant(operator, "dynamodb:Query", indexes=[DUE["name"]])
    users.grant(operator, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
    copies = region.stack.format_arn(service="dynamodb", resource="table", resource_name=f"{earlier}*")
    operator.function.add_to_role_policy(
        iam.PolicyStatement(actions=["dynamodb:GetItem", "dynamodb:Scan"], resources=[copies])
    )
    return operator
