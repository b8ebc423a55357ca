"""What gives out forms, and what takes in the files that are sent by them."""

from stacks.compute.notices import Notices
from stacks.compute.region import Region
from stacks.settings import UPLOADS
from stacks.stateful import UPLOAD_LISTS
from twinhull import LiveFunction, ReplicatedBucket, WorkQueue


class Uploads:
    """The functions around the bucket of one region, and the queue of what has arrived there.

    :ivar function: serves the requests about uploads.
    :ivar intake: judges what has arrived.
    :ivar arrivals: the queue before it.
    """

    def __init__(self, region: Region, notices: Notices, *, sweeper: LiveFunction) -> None:
        """Make them, and let the sweeper look after uploads and purge people's files."""
        settings, users = region.settings, region.stateful.users
        here, peer = (settings.uploads_bucket_name(each) for each in (region.name, region.peer))
        named = {"UPLOADS_BUCKET": here, "PEER_REGION": region.peer}

        self.function = region.function(
            "uploads",
            {
                **region.table,
                **region.secrets,
                **named,
                "UPLOADS_URL": settings.uploads_url(region.name),
                "PEER_UPLOADS_URL": settings.uploads_url(region.peer),
            },
        )
        users.grant(self.function, "dynamodb:GetItem", "dynamodb:PutItem")
        users.grant(self.function, "dynamodb:Query", indexes=[index["name"] for index in UPLOAD_LISTS])
        region.stateful.keys.grant_read(self.function)
        region.stateful.origin.grant_read(self.function)
        own = settings.uploads_prefix(region.name)
        ReplicatedBucket.grant(self.function, "s3:PutObject", bucket_name=here, prefix=own)

        self.intake = region.function("intake", {**region.users, **named, "PEER_UPLOADS_BUCKET": peer})
        users.grant(
            self.intake, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"
        )
        notices.may_be_caused_by(self.intake)
        for function in (self.function, self.intake):
            ReplicatedBucket.grant(function, "s3:GetObjectVersion", bucket_name=here, prefix=UPLOADS)
            # Without it S3 answers 403 for what is not there.
            ReplicatedBucket.grant(function, "s3:ListBucket", bucket_name=here)
        # It learns from the latest version that something has arrived; all others read a version by its id.
        ReplicatedBucket.grant(self.intake, "s3:GetObject", bucket_name=here, prefix=UPLOADS)
        ReplicatedBucket.grant(self.function, "s3:GetObjectVersion", bucket_name=peer, prefix=UPLOADS)
        for function in (self.intake, sweeper):
            for bucket in (here, peer):
                ReplicatedBucket.grant(function, "s3:DeleteObjectVersion", bucket_name=bucket, prefix=UPLOADS)
                ReplicatedBucket.grant(function, "s3:ListBucketVersions", bucket_name=bucket)

        self.arrivals = WorkQueue(region.stack, "Arrivals", function=self.intake)
        ReplicatedBucket.on_arrival(
            region.stack, "Arrival", bucket_name=here, prefix=own, queue=self.arrivals
        )
        self.arrivals.grant_send(sweeper)
        users.grant(sweeper, "dynamodb:Query", indexes=[UPLOAD_LISTS[0]["name"]])
        sweeper.add_environment("ARRIVALS_QUEUE", self.arrivals.queue.queue_url)
        sweeper.add_environment("UPLOADS_BUCKET", here)
        sweeper.add_environment("PEER_UPLOADS_BUCKET", peer)
