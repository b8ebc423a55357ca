"""What serves in one region: the functions and their API."""

import json

from aws_cdk import CfnOutput, Duration, Environment, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_route53 as route53
from constructs import Construct

from stacks.code import OPENAPI, function_package
from stacks.settings import UPLOADS, Settings
from stacks.stateful import DUE, LISTS, UPLOAD_LISTS, PrimaryStatefulStack
from twinhull import KeyRotation, LiveFunction, MailSender, RegionalApi, ReplicatedBucket, WorkQueue


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

        notifier = self._function(
            "notifier",
            settings,
            {
                **table,
                **namespace,
                "KEYS_SECRET": settings.keys_secret_name,
                "PAGE_PARAMETER": settings.page_parameter_name,
                # Two batches are worked off at once.
                "MAIL_INTERVAL_MS": str(2_000 // settings.mail_rate),
            },
            timeout=Duration.seconds(30),
        )
        users.grant(notifier, "dynamodb:GetItem", "dynamodb:UpdateItem")
        keys.grant_read(notifier)
        page = self.format_arn(
            service="ssm", resource="parameter", resource_name=settings.page_parameter_name.removeprefix("/")
        )
        notifier.function.add_to_role_policy(
            iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[page])
        )
        notices = WorkQueue(self, "Notices", function=notifier, batch_size=5)
        if settings.sender:
            sender = MailSender(
                self, "Sender", address=settings.sender, feedback=notices, zone=self._zone(settings)
            )
            sender.grant_send(notifier)
            notifier.add_environment("SENDER", settings.sender)
            notifier.add_environment("CONFIGURATION_SET", sender.configuration_set.configuration_set_name)
        tell = {"NOTIFIER_QUEUE": notices.queue.queue_url}
        peer = {"PEER_REGION": settings.regions.peer(region)}

        sweeper = self._function(
            "sweeper",
            settings,
            {**table, **namespace, **tell, **peer},
            timeout=Duration.seconds(50),
        )
        users.grant(sweeper, "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
        users.grant(sweeper, "dynamodb:Query", indexes=[DUE["name"]])
        notices.grant_send(sweeper)
        events.Rule(
            self,
            "Sweep",
            description="Does what is due",
            schedule=events.Schedule.rate(Duration.minutes(1)),
            # A sweep that could not be started is followed by the next one.
            targets=[targets.LambdaFunction(sweeper.alias, retry_attempts=0)],
        )

        throttles = {"THROTTLES_TABLE": settings.throttles_table_name}
        serves = {**table, **namespace, **secrets, **tell}
        accounts = self._function("accounts", settings, {**serves, **throttles})
        users.grant(accounts, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        stateful.throttles.grant(accounts, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem")
        keys.grant_read(accounts)
        origin.grant_read(accounts)
        notices.grant_send(accounts)

        directory = self._function("directory", settings, serves)
        users.grant(directory, "dynamodb:GetItem", "dynamodb:UpdateItem")
        users.grant(directory, "dynamodb:Query", indexes=[index["name"] for index in LISTS])
        keys.grant_read(directory)
        origin.grant_read(directory)
        notices.grant_send(directory)

        health = self._function("health", settings, {**table, "ORIGIN_SECRET": settings.origin_secret_name})
        users.grant(health, "dynamodb:GetItem")
        origin.grant_read(health)

        earlier = settings.earlier_tables
        operator = self._function(
            "operator", settings, {**table, **namespace, **peer, "EARLIER_TABLES": earlier}
        )
        users.grant(operator, "dynamodb:Query", indexes=[DUE["name"]])
        users.grant(operator, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        copies = self.format_arn(service="dynamodb", resource="table", resource_name=f"{earlier}*")
        operator.function.add_to_role_policy(
            iam.PolicyStatement(actions=["dynamodb:Scan"], resources=[copies])
        )

        uploads, intake = self._uploads(settings, stateful, {**table, **namespace}, secrets, sweeper)

        api = RegionalApi(
            self,
            "Api",
            openapi=json.loads(OPENAPI.read_text()),
            functions={
                "accounts": accounts,
                "directory": directory,
                "health": health,
                "uploads": uploads,
            },
            default=health,
            rate_limit=settings.rate_limit,
            burst_limit=settings.burst_limit,
            log_retention=settings.log_retention,
        )
        self.api_domain = api.domain_name
        self.functions = [accounts, directory, health, operator, notifier, sweeper, uploads, intake]

        CfnOutput(self, "ApiDomain", value=api.domain_name)
        CfnOutput(self, "TableName", value=settings.table_name)
        CfnOutput(self, "NoticesQueueUrl", value=notices.queue.queue_url)
        CfnOutput(self, "NoticesDeadLetterQueueUrl", value=notices.dead_letter_queue.queue_url)
        CfnOutput(self, "ArrivalsQueueUrl", value=self.arrivals.queue.queue_url)
        CfnOutput(self, "ArrivalsDeadLetterQueueUrl", value=self.arrivals.dead_letter_queue.queue_url)
        for function in self.functions:
            CfnOutput(self, f"{function.node.id}Function", value=function.alias.function_arn)

    def _uploads(
        self,
        settings: Settings,
        stateful: PrimaryStatefulStack,
        table: dict[str, str],
        secrets: dict[str, str],
        sweeper: LiveFunction,
    ) -> tuple[LiveFunction, LiveFunction]:
        """What gives out forms, and what takes in the files that are sent by them."""
        here, peer = self.region, settings.regions.peer(self.region)
        buckets = {region: settings.uploads_bucket_name(region) for region in (here, peer)}
        named = {"UPLOADS_BUCKET": buckets[here], "PEER_REGION": peer}
        addresses = {
            "UPLOADS_URL": settings.uploads_url(here),
            "PEER_UPLOADS_URL": settings.uploads_url(peer),
        }
        uploads = self._function("uploads", settings, {**table, **secrets, **named, **addresses})
        stateful.users.grant(uploads, "dynamodb:GetItem", "dynamodb:PutItem")
        stateful.users.grant(uploads, "dynamodb:Query", indexes=[index["name"] for index in UPLOAD_LISTS])
        stateful.keys.grant_read(uploads)
        stateful.origin.grant_read(uploads)
        ReplicatedBucket.grant(
            uploads, "s3:PutObject", bucket_name=buckets[here], prefix=settings.uploads_prefix(here)
        )

        intake = self._function("intake", settings, {**table, **named, "PEER_UPLOADS_BUCKET": buckets[peer]})
        stateful.users.grant(intake, "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
        for function in (uploads, intake):
            # Without the second one S3 answers 403 for what is not there.
            read = ("s3:GetObject", "s3:GetObjectVersion")
            ReplicatedBucket.grant(function, *read, bucket_name=buckets[here], prefix=UPLOADS)
            ReplicatedBucket.grant(function, "s3:ListBucket", bucket_name=buckets[here])
        ReplicatedBucket.grant(
            uploads, "s3:GetObject", "s3:GetObjectVersion", bucket_name=buckets[peer], prefix=UPLOADS
        )
        for function in (intake, sweeper):
            for bucket in buckets.values():
                ReplicatedBucket.grant(function, "s3:DeleteObjectVersion", bucket_name=bucket, prefix=UPLOADS)
                ReplicatedBucket.grant(function, "s3:ListBucketVersions", bucket_name=bucket)
        self.arrivals = WorkQueue(self, "Arrivals", function=intake)
        ReplicatedBucket.on_arrival(
            self,
            "Arrival",
            bucket_name=buckets[here],
            prefix=settings.uploads_prefix(here),
            queue=self.arrivals,
        )
        # It has due uploads looked after, and deletes the files of people whom it purges.
        self.arrivals.grant_send(sweeper)
        stateful.users.grant(sweeper, "dynamodb:Query", indexes=[UPLOAD_LISTS[0]["name"]])
        sweeper.add_environment("ARRIVALS_QUEUE", self.arrivals.queue.queue_url)
        sweeper.add_environment("UPLOADS_BUCKET", buckets[here])
        sweeper.add_environment("PEER_UPLOADS_BUCKET", buckets[peer])
        return uploads, intake

    def _zone(self, settings: Settings) -> route53.IPublicHostedZone | None:
        """The zone of the sender's domain, if it is the page's."""
        if not settings.domain_name or not settings.sender.endswith(f"@{settings.domain_name}"):
            return None
        return route53.PublicHostedZone.from_public_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=settings.hosted_zone_id, zone_name=settings.domain_name
        )

    def _function(
        self, name: str, settings: Settings, environment: dict[str, str], timeout: Duration | None = None
    ) -> LiveFunction:
        return LiveFunction(
            self,
            "".join(map(str.capitalize, name.split("_"))),
            package=function_package(name),
            handler=f"functions.{name}.handler.handler",
            environment={"DEPLOYMENT": settings.name, "POWERTOOLS_SERVICE_NAME": name, **environment},
            log_retention=settings.log_retention,
            timeout=timeout,
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
