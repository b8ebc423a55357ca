"""What must survive: the table, the secrets, and the buckets of the page."""

import tempfile
from pathlib import Path
from typing import Final

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3_deployment as s3_deployment
from constructs import Construct

from stacks import shells
from stacks.settings import EDGE_REGION, Settings
from twinhull import GlobalTable, Index, ReplicatedBucket, ReplicatedSecret, StaticSite
from twinhull.alarms.topics import AlarmTopics

#: The lists of users, page by page; a row of a list needs no read of the item.
LISTS: Final = [
    Index(
        name=name,
        partition_key="listed",
        sort_key=f"{name}_key",
        projected=[
            "email",
            "name",
            "role",
            "locale",
            "registered_at",
            "verified_at",
            "deleted_at",
            "document",
        ],
    )
    for name in ("registered", "name", "email")
]

#: Items about which something has to be done at a time; what is projected tells what, as a hint.
DUE: Final = Index(name="due", partition_key="due_shard", sort_key="due_at", projected=["outbox", "state"])

_OF_AN_UPLOAD: Final = (
    "kind", "filename", "content_type", "size", "created_at", "state", "reason", "rev",
)  # fmt: skip

#: The lists of uploads: everybody's, which has one partition, and one person's.
EVERYBODYS_UPLOADS: Final = Index(
    name="uploads", partition_key="uploads", sort_key="uploaded_key", projected=["owner", *_OF_AN_UPLOAD]
)
UPLOAD_LISTS: Final = [
    Index(name="owned", partition_key="owner", sort_key="uploaded_key", projected=_OF_AN_UPLOAD),
    EVERYBODYS_UPLOADS,
]


class StatefulStack(Stack):
    """The page's bucket of one region, with the assets that pages of this and earlier releases refer to."""

    def __init__(self, scope: Construct, *, settings: Settings, region: str) -> None:
        super().__init__(
            scope,
            f"{settings.name}-stateful-{region}",
            env=Environment(region=region),
            termination_protection=True,
        )
        if settings.alarms != "off":
            AlarmTopics(self, "Topics", name=settings.name, pages=settings.paged, tickets=settings.ticketed)
        self.site = StaticSite(self, "Site", bucket_name=settings.site_bucket_name(region))
        self.uploads = ReplicatedBucket(
            self,
            "Uploads",
            bucket_name=settings.uploads_bucket_name(region),
            # The version that counts may lie under one that nobody has looked at yet.
            lifecycle_rules=[],
        )
        with tempfile.TemporaryDirectory() as rendered:
            shells.render(Path(rendered))
            self.site.publish_assets(
                s3_deployment.Source.asset(str(Path(rendered, "assets"))),
                log_retention=settings.log_retention,
            )


class PrimaryStatefulStack(StatefulStack):
    """The primary region's bucket, and what both regions share: two tables and two secrets."""

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        regions = settings.regions
        super().__init__(scope, settings=settings, region=regions.primary)
        self.users = GlobalTable(
            self,
            "Users",
            table_name=settings.table_name,
            regions=regions,
            consistency=settings.consistency,
            indexes=[*LISTS, DUE, *UPLOAD_LISTS],
        )
        # Only counts of failed log-ins, which may be lost: a region counts by itself when it is alone.
        self.throttles = GlobalTable(
            self,
            "Throttles",
            table_name=settings.throttles_table_name,
            regions=regions,
            consistency="eventual",
            time_to_live_attribute="expires_at",
            deletion_protection=False,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=False
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.keys = ReplicatedSecret(
            self,
            "Keys",
            secret_name=settings.keys_secret_name,
            regions=regions.serving,
            template={"sign": "a"},
            generated_key="a",
        )
        self.origin = ReplicatedSecret(
            self,
            "Origin",
            secret_name=settings.origin_secret_name,
            regions=[*regions.serving, EDGE_REGION],  # the distribution's stack reads it there
            template={},
            generated_key="a",
        )
        CfnOutput(self, "TableName", value=self.users.table.table_name)
