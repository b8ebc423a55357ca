"""What the wiring of one region has in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as lambda_

from stacks.code import function_package, handler
from stacks.settings import Settings
from stacks.stateful import PrimaryStatefulStack
from twinhull import LiveFunction
from twinhull.live_function import WHOLE_CORE

#: Megabytes of a function that waits for others while nobody waits for it. Importing one takes 60 MB and
#: 0.3 s of a core; with this share of one about a second, of at least ten that each may take.
WAITING: Final = 512


@dataclass(frozen=True)
class Region:
    """A stack of one region, and what it shares with the other one."""

    stack: Stack
    settings: Settings
    stateful: PrimaryStatefulStack

    @property
    def name(self) -> str:
        return self.stack.region

    @property
    def peer(self) -> str:
        return self.settings.regions.peer(self.name)

    @property
    def table(self) -> dict[str, str]:
        """What a function is told of the main table."""
        return {"TABLE_NAME": self.settings.table_name}

    @property
    def users(self) -> dict[str, str]:
        """What a function is told that changes users."""
        return {**self.table, "USER_NAMESPACE": str(self.settings.user_namespace)}

    @property
    def secrets(self) -> dict[str, str]:
        """What a function that serves requests is told of the secrets."""
        return {
            "KEYS_SECRET": self.settings.keys_secret_name,
            "ORIGIN_SECRET": self.settings.origin_secret_name,
        }

    def function(
        self,
        name: str,
        environment: Mapping[str, str],
        *,
        timeout: Duration | None = None,
        memory_size: int = WHOLE_CORE,
        traced: bool = True,
    ) -> LiveFunction:
        """The function of `lambdas/functions/<name>`, which may do nothing yet.

        What schedules call is not traced: a trace is paid for, and the line of log says as much.
        """
        return LiveFunction(
            self.stack,
            "".join(map(str.capitalize, name.split("_"))),
            package=function_package(name),
            handler=handler(name),
            environment={"DEPLOYMENT": self.settings.name, "POWERTOOLS_SERVICE_NAME": name, **environment},
            log_retention=self.settings.log_retention,
            timeout=timeout,
            memory_size=memory_size,
            tracing=lambda_.Tracing.ACTIVE if traced else lambda_.Tracing.DISABLED,
        )
