"""What serves and works in one region: the functions, their queues and their API."""

import json

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from stacks.code import OPENAPI
from stacks.compute.notices import Notices
from stacks.compute.operator import add_operator
from stacks.compute.region import WAITING, Region
from stacks.compute.requests import add_accounts, add_directory, add_health
from stacks.compute.sweeper import add_sweeper
from stacks.compute.uploads import Uploads
from stacks.settings import Settings
from stacks.stateful import PrimaryStatefulStack
from twinhull import KeyRotation, RegionalApi


class ComputeStack(Stack):
    """Everything of a region that holds no data and can be made anew at any time."""

    def __init__(
        self, scope: Construct, *, settings: Settings, region: str, stateful: PrimaryStatefulStack
    ) -> None:
        super().__init__(scope, f"{settings.name}-compute-{region}", env=Environment(region=region))
        self.wired = Region(self, settings, stateful)

        notices = Notices(self.wired)
        sweeper = add_sweeper(self.wired, notices)
        accounts = add_accounts(self.wired, notices)
        directory = add_directory(self.wired, notices)
        health = add_health(self.wired)
        operator = add_operator(self.wired)
        uploads = Uploads(self.wired, notices, sweeper=sweeper)

        api = RegionalApi(
            self,
            "Api",
            openapi=json.loads(OPENAPI.read_text()),
            functions={
                "accounts": accounts,
                "directory": directory,
                "health": health,
                "uploads": uploads.function,
            },
            default=health,
            rate_limit=settings.rate_limit,
            burst_limit=settings.burst_limit,
            log_retention=settings.log_retention,
        )
        self.api_domain = api.domain_name
        self.functions = [accounts, directory, health, operator]
        self.functions += [notices.notifier, sweeper, uploads.function, uploads.intake]

        CfnOutput(self, "ApiDomain", value=api.domain_name)
        CfnOutput(self, "TableName", value=settings.table_name)
        for queue in (notices.queue, uploads.arrivals):
            name = queue.node.id
            CfnOutput(self, f"{name}QueueUrl", value=queue.queue.queue_url)
            CfnOutput(self, f"{name}DeadLetterQueueUrl", value=queue.dead_letter_queue.queue_url)
        for function in self.functions:
            CfnOutput(self, f"{function.node.id}Function", value=function.alias.function_arn)


class PrimaryComputeStack(ComputeStack):
    """The primary region's, which also rotates the keys: only there can the secret be written."""

    def __init__(self, scope: Construct, *, settings: Settings, stateful: PrimaryStatefulStack) -> None:
        super().__init__(scope, settings=settings, region=settings.primary_region, stateful=stateful)
        rotation = self.wired.function(
            "key_rotation",
            {"KEYS_SECRET": settings.keys_secret_name, "ROTATION_DAYS": str(settings.key_rotation_days)},
            memory_size=WAITING,
            traced=False,
        )
        KeyRotation(self, "Rotation", secret=stateful.keys, function=rotation)
        self.functions.append(rotation)
        CfnOutput(self, "KeyRotationFunction", value=rotation.alias.function_arn)
