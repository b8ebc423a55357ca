"""What serves in one region: the functions and their API."""

import json

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.code import OPENAPI, function_package
from stacks.settings import Settings
from stacks.stateful import LISTS, PrimaryStatefulStack
from twinhull import KeyRotation, LiveFunction, RegionalApi


class ComputeStack(Stack):
    """Everything of a region that holds no data and can be made anew at any time."""

    def __init__(
        self, scope: Construct, *, settings: Settings, region: str, stateful: PrimaryStatefulStack
    ) -> None:
        super().__init__(scope, f"{settings.name}-compute-{region}", env=Environment(region=region))
        users, keys, origin = stateful.users, stateful.keys, stateful.origin
        table = {"TABLE_NAME": settings.table_name}
        namespace = {"USER_NAMESPACE": str(settings.user_namespace)}
        secrets = {"KEYS_SECRET": settings.keys_secret_name, "ORIGIN_SECRET": settings.origin_secret_name}

        throttles = {"THROTTLES_TABLE": settings.throttles_table_name}
        accounts = self._function("accounts", settings, {**table, **throttles, **namespace, **secrets})
        users.grant(accounts, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        stateful.throttles.grant(accounts, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem")
        keys.grant_read(accounts)
        origin.grant_read(accounts)

        directory = self._function("directory", settings, {**table, **namespace, **secrets})
        users.grant(directory, "dynamodb:GetItem", "dynamodb:UpdateItem")
        users.grant(directory, "dynamodb:Query", indexes=[index["name"] for index in LISTS])
        keys.grant_read(directory)
        origin.grant_read(directory)

        health = self._function("health", settings, {**table, "ORIGIN_SECRET": settings.origin_secret_name})
        users.grant(health, "dynamodb:GetItem")
        origin.grant_read(health)

        earlier = settings.earlier_tables
        operator = self._function("operator", settings, {**table, **namespace, "EARLIER_TABLES": earlier})
        users.grant(operator, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        copies = self.format_arn(service="dynamodb", resource="table", resource_name=f"{earlier}*")
        operator.function.add_to_role_policy(
            iam.PolicyStatement(actions=["dynamodb:Scan"], resources=[copies])
        )

        api = RegionalApi(
            self,
            "Api",
            openapi=json.loads(OPENAPI.read_text()),
            functions={"accounts": accounts, "directory": directory, "health": health},
            default=health,
            rate_limit=settings.rate_limit,
            burst_limit=settings.burst_limit,
            log_retention=settings.log_retention,
        )
        self.api_domain = api.domain_name
        self.functions = [accounts, directory, health, operator]

        CfnOutput(self, "ApiDomain", value=api.domain_name)
        CfnOutput(self, "TableName", value=settings.table_name)
        for function in self.functions:
            CfnOutput(self, f"{function.node.id}Function", value=function.alias.function_arn)

    def _function(self, name: str, settings: Settings, environment: dict[str, str]) -> LiveFunction:
        return LiveFunction(
            self,
            "".join(map(str.capitalize, name.split("_"))),
            package=function_package(name),
            handler=f"functions.{name}.handler.handler",
            environment={"DEPLOYMENT": settings.name, "POWERTOOLS_SERVICE_NAME": name, **environment},
            log_retention=settings.log_retention,
        )


class PrimaryComputeStack(ComputeStack):
    """The primary region's, which also rotates the keys: only there can the secret be written."""

    def __init__(self, scope: Construct, *, settings: Settings, stateful: PrimaryStatefulStack) -> None:
        super().__init__(scope, settings=settings, region=settings.primary_region, stateful=stateful)
        rotation = self._function(
            "key_rotation",
            settings,
            {"KEYS_SECRET": settings.keys_secret_name, "ROTATION_DAYS": str(settings.key_rotation_days)},
        )
        KeyRotation(self, "Rotation", secret=stateful.keys, function=rotation)
        self.functions.append(rotation)
        CfnOutput(self, "KeyRotationFunction", value=rotation.alias.function_arn)
