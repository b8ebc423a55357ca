"""A Python function whose callers only ever see its live version."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, TypedDict, Unpack

from aws_cdk import Annotations, Duration, RemovalPolicy, Size
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct
from jsii import implements

from twinhull.packaging import LAMBDA_PYTHON, PythonPackage, build, check_handler, missing_interpreter

#: In MB: from here on a function has a whole core.
WHOLE_CORE: Final = 1769


class FunctionOverrides(TypedDict, total=False):
    """What a `LiveFunction` passes through to `aws_lambda.Function`; see there."""

    application_log_level_v2: lambda_.ApplicationLogLevel
    dead_letter_queue_enabled: bool
    description: str
    ephemeral_storage_size: Size
    layers: Sequence[lambda_.ILayerVersion]
    reserved_concurrent_executions: float
    retry_attempts: float
    security_groups: Sequence[ec2.ISecurityGroup]
    system_log_level_v2: lambda_.SystemLogLevel
    tracing: lambda_.Tracing
    vpc: ec2.IVpc
    vpc_subnets: ec2.SubnetSelection


@implements(iam.IGrantable)
class LiveFunction(Construct):
    """A function for arm64 behind the alias `live`, with its own role and its own group of JSON logs.

    Its role may write its own logs and traces, and nothing else until something is granted.

    >>> accounts = LiveFunction(self, "Accounts", package=package, handler="shop.handler")
    >>> table.grant(accounts, "dynamodb:GetItem")

    :ivar function: the `aws_lambda.Function`.
    :ivar alias: the `aws_lambda.Alias` that callers use.
    :ivar log_group: the `aws_logs.LogGroup`.
    :ivar package: what was packaged.
    :ivar asset_hash: the hash under which the CDK keeps the package.
    """

    function: lambda_.Function
    alias: lambda_.Alias
    log_group: logs.LogGroup
    package: PythonPackage
    asset_hash: str

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        package: PythonPackage,
        handler: str,
        timeout: Duration | None = None,
        memory_size: int = WHOLE_CORE,
        environment: Mapping[str, str] | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        **overrides: Unpack[FunctionOverrides],
    ) -> None:
        """Package the code and make the function.

        :param package: its zip is built here, or taken from the cache.
        :param handler: like `functions.accounts.handler.handler`.
        :param timeout: 10 seconds by default, within what a person waits for an answer.
        :param memory_size: in MB; from 1769 on a function has a whole core
            (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
        :param environment: variables; more can be added later.
        :param log_retention: for how long its logs are kept.
        :param overrides: passed to `aws_lambda.Function` after the defaults.
        """
        super().__init__(scope, id)
        self.package = package
        # The CDK names an asset by the hash of the hash that it is given.
        self.asset_hash = hashlib.sha256(package.hash.encode()).hexdigest()
        self.log_group = logs.LogGroup(
            self, "Logs", retention=log_retention, removal_policy=RemovalPolicy.DESTROY
        )
        # The managed policy that the CDK would attach lets a function write the logs of all others.
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(role)
        properties: FunctionOverrides = {"tracing": lambda_.Tracing.ACTIVE, **overrides}
        built = build(package).resolve()
        if not overrides.get("layers"):  # which may have the handler, too
            check_handler(built, handler, package.name)
        if package.bytecode and not package.interpreter:
            Annotations.of(self).add_warning_v2("twinhull:bytecode", missing_interpreter(LAMBDA_PYTHON))
        self.function = lambda_.Function(
            self,
            "Resource",
            code=lambda_.Code.from_asset(str(built), asset_hash=package.hash),
            handler=handler,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            timeout=timeout or Duration.seconds(10),
            memory_size=memory_size,
            environment=dict(environment or {}),
            role=role,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            **properties,
        )
        self.alias = lambda_.Alias(self, "Live", alias_name="live", version=self.function.current_version)

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """Who is granted something when the function is."""
        return self.function.grant_principal

    def add_environment(self, name: str, value: str) -> None:
        """Set a variable."""
        self.function.add_environment(name, value)
