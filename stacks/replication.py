"""What copies the files of one region to the other."""

from aws_cdk import Environment, Stack
from constructs import Construct

from stacks.settings import Settings
from twinhull import BucketReplication


class ReplicationStack(Stack):
    """Switched on when both regions' buckets are there: S3 refuses to replicate to one that is not."""

    def __init__(self, scope: Construct, *, settings: Settings, region: str) -> None:
        super().__init__(scope, f"{settings.name}-replication-{region}", env=Environment(region=region))
        peer = settings.regions.peer(region)
        BucketReplication(
            self,
            "Replication",
            source=settings.uploads_bucket_name(region),
            destination=settings.uploads_bucket_name(peer),
            prefix=settings.uploads_prefix(region),
            measured=settings.alarms != "lean",
            log_retention=settings.log_retention,
        )
