"""The `Watchdog` construct."""

from pathlib import Path
from typing import Final, Literal, Unpack

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct
from jsii import implements

from twinhull.live_function import FunctionOverrides, LiveFunction
from twinhull.packaging import PythonPackage

HANDLER: Final = "handler.handler"
HERE: Final = Path(__file__).parent

#: Three probes of 3 s, two pauses of 5 s, and three calls of AWS that may each be tried twice.
TIMEOUT: Final = Duration.seconds(45)

#: In MB: it takes 50, and waits for others most of the time.
MEMORY: Final = 256


@implements(iam.IGrantable)
class Watchdog(Construct):
    """Looks from its own region at the other one each minute, and can drain it.

    What it sees is the metric `PeerRegionHealthy` (1 or 0) of the namespace `twinhull`, with the dimensions
    `Deployment` and `Peer`; with `tells_by="failure"` it is how the look ends. It drains only with
    `mode="enforce"`, when the peer failed three times in a row, its own strong write works, and nothing is
    drained yet; it never undoes a drain.

    >>> watchdog = Watchdog(
    ...     edge,
    ...     "Watchdog",
    ...     deployment="shop",
    ...     peer="us-west-2",
    ...     peer_domain=api_domains["us-west-2"],
    ...     readiness_path="/api/orders",
    ...     origin_secret_name="shop/origin",
    ...     table_name="shop-orders",
    ...     key_value_store_arn=distribution.key_value_store.key_value_store_arn,
    ... )
    >>> origin.grant_read(watchdog)
    >>> table.grant(watchdog, "dynamodb:UpdateItem", partitions=["health"])

    :ivar function: the `LiveFunction` that looks.
    :ivar rule: the `aws_events.Rule` that calls it.
    """

    function: LiveFunction
    rule: events.Rule

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        deployment: str,
        peer: str,
        peer_domain: str,
        readiness_path: str,
        origin_secret_name: str,
        table_name: str,
        key_value_store_arn: str,
        mode: Literal["report", "enforce"] = "report",
        tells_by: Literal["metric", "failure"] = "metric",
        interval: Duration | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        **overrides: Unpack[FunctionOverrides],
    ) -> None:
        """Make the function and its schedule; what it may read and write is granted by the caller.

        :param deployment: the value of the metric's dimension `Deployment`.
        :param peer: the other serving region; its answers name it in `x-served-region`.
        :param peer_domain: host name of the peer's API.
        :param readiness_path: path at the peer's API that answers 200 when the peer can serve.
        :param origin_secret_name: secret in this region, JSON; the peer's API answers to who knows it.
        :param table_name: table in this region; the item `health`, `watchdog#<region>` is written.
        :param key_value_store_arn: store whose key `drained` the distribution obeys.
        :param mode: `report` only publishes the metric, `enforce` also drains.
        :param tells_by: `metric` publishes what each look saw, and whether a region is drained; with
            `failure` a look that finds the peer unable to serve fails, which Lambda counts for nothing.
        :param interval: a minute by default, the shortest that a schedule can have.
        :param log_retention: for how long its logs are kept.
        :param overrides: passed to `aws_lambda.Function` after the defaults.
        :raises ValueError: `mode` or `tells_by` is neither of its two.
        """
        super().__init__(scope, id)
        if mode not in ("report", "enforce"):
            raise ValueError(f"mode is {mode!r}; it must be 'report' or 'enforce'.")
        if tells_by not in ("metric", "failure"):
            raise ValueError(f"tells_by is {tells_by!r}; it must be 'metric' or 'failure'.")
        # A trace of each look would be paid for, and say no more than its line of log.
        properties: FunctionOverrides = {"tracing": lambda_.Tracing.DISABLED, **overrides}
        self.function = LiveFunction(
            self,
            "Resource",
            package=code(),
            handler=HANDLER,
            timeout=TIMEOUT,
            memory_size=MEMORY,
            environment={
                "DEPLOYMENT": deployment,
                "KEY_VALUE_STORE": key_value_store_arn,
                "MODE": mode,
                "ORIGIN_SECRET": origin_secret_name,
                "PEER_REGION": peer,
                "PEER_URL": f"https://{peer_domain}{readiness_path}",
                "TABLE_NAME": table_name,
                "TELLS_BY": tells_by,
            },
            log_retention=log_retention,
            **properties,
        )
        actions = {"GetKey"} if tells_by == "metric" else set[str]()
        if mode == "enforce":
            actions |= {"DescribeKeyValueStore", "GetKey", "PutKey"}
        if actions:
            iam.Grant.add_to_principal(
                grantee=self,
                actions=[f"cloudfront-keyvaluestore:{action}" for action in sorted(actions)],
                resource_arns=[key_value_store_arn],
            )
        self.rule = events.Rule(
            self,
            "Schedule",
            description=f"Looks whether {peer} can serve",
            schedule=events.Schedule.rate(interval or Duration.minutes(1)),
            # A look that could not be started is followed by the next one.
            targets=[targets.LambdaFunction(self.function.alias, retry_attempts=0)],
        )

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Who is granted something when the watchdog is."""
        return self.function.grant_principal


def code() -> PythonPackage:
    """What the watchdog's function runs: one module, and what signs for the key-value store."""
    return PythonPackage.from_entry(HERE, HANDLER, name="watchdog", distributions=["awscrt"])
