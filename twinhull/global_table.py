"""A DynamoDB table that two regions share."""

from collections.abc import Sequence
from typing import Literal, TypedDict, Unpack

from aws_cdk import CfnTag, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from twinhull.grantee import stack_of
from twinhull.regions import Regions


class Index(TypedDict):
    """A global secondary index: its keys are strings, and it holds only what is projected."""

    name: str
    partition_key: str
    sort_key: str
    projected: Sequence[str]


class TableOverrides(TypedDict, total=False):
    """What a `GlobalTable` passes through to `aws_dynamodb.TableV2`; see there."""

    billing: dynamodb.Billing
    contributor_insights_specification: dynamodb.ContributorInsightsSpecification
    deletion_protection: bool
    point_in_time_recovery_specification: dynamodb.PointInTimeRecoverySpecification
    removal_policy: RemovalPolicy
    table_class: dynamodb.TableClass
    tags: Sequence[CfnTag]
    time_to_live_attribute: str
    warm_throughput: dynamodb.WarmThroughput


class GlobalTable(Construct):
    """A table with keys `pk` and `sk` and a replica in both serving regions, consistent between them.

    It belongs into a stack of the primary region. Functions of either region are granted their own region's
    replica, so that a request never leaves its region.

    >>> users = GlobalTable(self, "Users", table_name="shop-users", regions=regions)
    >>> users.grant(function, "dynamodb:GetItem", "dynamodb:UpdateItem")

    :ivar table: the `aws_dynamodb.TableV2` of the primary region.
    """

    table: dynamodb.TableV2

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table_name: str,
        regions: Regions,
        consistency: Literal["strong", "eventual"] = "strong",
        indexes: Sequence[Index] = (),
        **overrides: Unpack[TableOverrides],
    ) -> None:
        """Make the table, its replica and, if it is strong, its witness.

        :param table_name: the same in all regions, so that other stacks need no reference to this one.
        :param regions: the primary must be the region of the stack.
        :param consistency: `strong` loses nothing that was acknowledged when a region is lost, and knows no
            transactions, time to live or local indexes; `eventual` can lose the last second and lets two
            regions accept contradicting writes. It can never be changed.
        :param indexes: global secondary indexes.
        :param overrides: passed to `aws_dynamodb.TableV2` after the defaults; they hold for the replica too.
        :raises ValueError: the stack is not in the primary region, or a strong table is given a time to live.
        """
        super().__init__(scope, id)
        here = Stack.of(self).region
        if here != regions.primary:
            raise ValueError(
                f"GlobalTable is in a stack of {here}, and its primary region is {regions.primary}; "
                f"give the stack env=Environment(region={regions.primary!r})."
            )
        if consistency == "strong" and overrides.get("time_to_live_attribute"):
            raise ValueError(
                f"time_to_live_attribute is {overrides['time_to_live_attribute']!r}; strongly consistent "
                "tables know no time to live: leave it out, or choose consistency='eventual'."
            )
        self._table_name = table_name
        self._index_names = [index["name"] for index in indexes]
        self._regions = regions
        self._replicas: dict[str, dynamodb.ITableV2] = {}
        properties: TableOverrides = {
            "billing": dynamodb.Billing.on_demand(),
            "deletion_protection": True,
            "point_in_time_recovery_specification": dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            "removal_policy": RemovalPolicy.RETAIN,
            **overrides,
        }
        self.table = dynamodb.TableV2(
            self,
            "Resource",
            table_name=table_name,
            partition_key=_key("pk"),
            sort_key=_key("sk"),
            multi_region_consistency=dynamodb.MultiRegionConsistency.STRONG
            if consistency == "strong"
            else dynamodb.MultiRegionConsistency.EVENTUAL,
            witness_region=regions.witness if consistency == "strong" else None,
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=index["name"],
                    partition_key=_key(index["partition_key"]),
                    sort_key=_key(index["sort_key"]),
                    projection_type=dynamodb.ProjectionType.INCLUDE,
                    non_key_attributes=list(index["projected"]),
                )
                for index in indexes
            ],
            # What is not said of a replica is taken from the table, its protection and recovery too.
            replicas=[dynamodb.ReplicaTableProps(region=regions.secondary)],
            **properties,
        )

    def replica(self, region: str) -> dynamodb.ITableV2:
        """The table as its replica in ``region`` is seen from there.

        :raises ValueError: ``region`` has no replica.
        """
        self._regions.peer(region)  # raises for a region without one
        if region not in self._replicas:
            # TableV2 allows itself to be asked only once for each region.
            self._replicas[region] = (
                self.table if region == self._regions.primary else self.table.replica(region)
            )
        return self._replicas[region]

    def grant(
        self,
        grantee: iam.IGrantable,
        *actions: str,
        indexes: Sequence[str] = (),
        partitions: Sequence[str] = (),
    ) -> iam.Grant:
        """Allow ``actions`` on the replica in the grantee's own region.

        >>> table.grant(function, "dynamodb:GetItem")
        >>> table.grant(function, "dynamodb:Query", indexes=["name"])

        :param actions: each by name, like `dynamodb:GetItem`.
        :param indexes: if any are named, on these and not on the table itself.
        :param partitions: if any are named, only items with one of these values of `pk`.
        :raises ValueError: an action is a pattern, there is no such index, or the grantee's region has no
            replica.
        """
        patterns = [action for action in actions if "*" in action]
        if patterns:
            raise ValueError(f"grant got {', '.join(patterns)}; name each action, like 'dynamodb:GetItem'.")
        if unknown := set(indexes) - set(self._index_names):
            raise ValueError(
                f"grant got the index {', '.join(sorted(unknown))}; "
                f"the table has: {', '.join(self._index_names) or 'none'}."
            )
        stack = stack_of(grantee)
        self._regions.peer(stack.region)
        # Made from the table's name: a reference to the primary's stack would tie the secondary's to it.
        table = stack.format_arn(service="dynamodb", resource="table", resource_name=self._table_name)
        resources = [f"{table}/index/{name}" for name in indexes] or [table]
        return iam.Grant.add_to_principal(
            grantee=grantee,
            actions=list(actions),
            resource_arns=resources,
            conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": list(partitions)}}
            if partitions
            else None,
        )


def _key(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
