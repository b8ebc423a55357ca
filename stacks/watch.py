"""What watches one region from the other."""

from typing import Literal

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from stacks.code import readiness_path
from stacks.compute import ComputeStack
from stacks.edge import EdgeStack
from stacks.settings import Settings
from stacks.stateful import PrimaryStatefulStack
from twinhull import Watchdog


class WatchStack(Stack):
    """The watchdog of one region, which looks at its peer: a dead region cannot tell of itself."""

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        region: str,
        stateful: PrimaryStatefulStack,
        peer: ComputeStack,
        edge: EdgeStack,
    ) -> None:
        super().__init__(scope, f"{settings.name}-watch-{region}", env=Environment(region=region))
        mode: Literal["report", "enforce"] = "enforce" if settings.watchdog == "enforce" else "report"
        watchdog = Watchdog(
            self,
            "Watchdog",
            deployment=settings.name,
            peer=peer.region,
            peer_domain=peer.api_domain,
            readiness_path=readiness_path(),
            origin_secret_name=settings.origin_secret_name,
            table_name=settings.table_name,
            key_value_store_arn=edge.key_value_store_arn,
            mode=mode,
            tells_by="failure" if settings.alarms == "lean" else "metric",
            log_retention=settings.log_retention,
        )
        stateful.origin.grant_read(watchdog)
        if mode == "enforce":
            # Before it drains its peer it proves that its own Region can write.
            stateful.users.grant(watchdog, "dynamodb:UpdateItem", partitions=["health"])
        self.function = watchdog.function
        CfnOutput(self, "WatchdogFunction", value=watchdog.function.alias.function_arn)
        CfnOutput(self, "WatchdogMode", value=mode)
