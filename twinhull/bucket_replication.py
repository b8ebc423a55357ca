"""Copying a part of one region's bucket into another region's."""

from typing import Final

from aws_cdk import Aws, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import custom_resources as cr
from constructs import Construct

RESOURCE_TYPE: Final = "Custom::BucketReplication"

#: The name of the one rule, by which CloudWatch tells its metrics apart.
RULE: Final = "own"


#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-time-control.html
MEASURED: Final = {
    "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
    "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
}


class BucketReplication(Construct):
    """Replicates what is under one prefix of a bucket, every version of it, to the bucket of another region.

    S3 wants both buckets to be there, so each one's replication is switched on by a stack that is deployed
    after both of theirs. Neither deletions of versions nor delete markers are replicated: whoever deletes for
    good deletes in both buckets, and a mistake stays in one.

    >>> BucketReplication(self, "Replication", source="shop-a", destination="shop-b", prefix="uploads/a/")

    :ivar role: the `aws_iam.Role` as which S3 copies.
    :ivar resource: the `custom_resources.AwsCustomResource` that switches it on and off.
    """

    role: iam.Role
    resource: cr.AwsCustomResource

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: str,
        destination: str,
        prefix: str,
        measured: bool = True,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
    ) -> None:
        """Make the role, and switch replication on.

        :param source: the name of the bucket in this stack's region; it must keep versions.
        :param destination: the name of the other one, which must too.
        :param prefix: what is replicated; the other direction needs another one, or copies would be copied.
        :param measured: S3 promises to copy within 15 minutes and publishes how far it is, which is paid for
            by the metric and the gigabyte; without it, it copies as well as it can.
        :param log_retention: for how long the logs of the function behind the resource are kept.
        :raises ValueError: a bucket would be replicated into itself, or as a whole.
        """
        super().__init__(scope, id)
        if source == destination:
            raise ValueError(f"source and destination are both {source!r}; name two buckets.")
        if not prefix.endswith("/"):
            raise ValueError(f"prefix is {prefix!r}; end it with a slash, like 'uploads/eu-west-1/'.")
        here, there = f"arn:{Aws.PARTITION}:s3:::{source}", f"arn:{Aws.PARTITION}:s3:::{destination}"
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("s3.amazonaws.com"))
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
        for resource, actions in (
            (here, ["s3:GetReplicationConfiguration", "s3:ListBucket"]),
            (
                f"{here}/{prefix}*",
                ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
            ),
            (f"{there}/{prefix}*", ["s3:ReplicateObject", "s3:ReplicateTags"]),
        ):
            self.role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
        name = f"{Stack.of(self).stack_name}-{source}"
        put = self._call(
            "PutBucketReplication",
            name,
            Bucket=source,
            ReplicationConfiguration={
                "Role": self.role.role_arn,
                "Rules": [
                    {
                        "ID": RULE,
                        "Status": "Enabled",
                        "Priority": 1,
                        "Filter": {"Prefix": prefix},
                        "Destination": {"Bucket": there, **(MEASURED if measured else {})},
                        "DeleteMarkerReplication": {"Status": "Disabled"},
                    }
                ],
            },
        )
        self.resource = cr.AwsCustomResource(
            self,
            "Resource",
            resource_type=RESOURCE_TYPE,
            on_update=put,  # also at creation
            on_delete=self._call("DeleteBucketReplication", name, Bucket=source),
            policy=cr.AwsCustomResourcePolicy.from_statements(
                [
                    iam.PolicyStatement(actions=["s3:PutReplicationConfiguration"], resources=[here]),
                    iam.PolicyStatement(
                        actions=["iam:PassRole"],
                        resources=[self.role.role_arn],
                        conditions={"StringEquals": {"iam:PassedToService": "s3.amazonaws.com"}},
                    ),
                ]
            ),
            install_latest_aws_sdk=False,
            log_group=logs.LogGroup(
                self, "Logs", retention=log_retention, removal_policy=RemovalPolicy.DESTROY
            ),
        )
        # S3 looks at what the role may when it is told of it.
        self.resource.node.add_dependency(self.role)

    @staticmethod
    def _call(action: str, id: str, **parameters: object) -> cr.AwsSdkCall:
        return cr.AwsSdkCall(
            service="S3",
            action=action,
            parameters=parameters,
            physical_resource_id=cr.PhysicalResourceId.of(id),
        )
