"""What must survive: the table and the secrets."""

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from files.store import OWNED, UPLOADS
from notices import due
from tools.assembly import Assembly, Resource
from tools.readable import text
from twinhull import GlobalTable, Index, Regions, ReplicatedSecret
from users.listing import ORDERS

REGIONS = Regions(primary="us-east-1", secondary="us-west-2", witness="us-east-2")


def any_stack(region: str = REGIONS.primary) -> cdk.Stack:
    return cdk.Stack(cdk.App(), "any", env=cdk.Environment(region=region))


def any_table(stack: cdk.Stack, *, consistency: str = "strong", **overrides: object) -> GlobalTable:
    return GlobalTable(
        stack,
        "Table",
        table_name="any",
        regions=REGIONS,
        consistency=consistency,  # type: ignore[arg-type]
        **overrides,  # type: ignore[arg-type]
    )


@pytest.fixture
def table(assembly: Assembly) -> Resource:
    return named(assembly, "twinhull-users")


def named(assembly: Assembly, name: str) -> Resource:
    (found,) = (
        each
        for each in assembly.resources("AWS::DynamoDB::GlobalTable")
        if each.properties["TableName"] == name
    )
    return found


def should_hold_the_table_in_both_serving_regions(table: Resource) -> None:
    assert {replica["Region"] for replica in table.properties["Replicas"]} == {"us-east-1", "us-west-2"}


def should_protect_every_replica_from_deletion(table: Resource) -> None:
    assert [replica["DeletionProtectionEnabled"] for replica in table.properties["Replicas"]] == [True, True]
    assert table.body["DeletionPolicy"] == table.body["UpdateReplacePolicy"] == "Retain"


def should_let_every_replica_be_restored_to_any_second(table: Resource) -> None:
    assert [replica["PointInTimeRecoverySpecification"] for replica in table.properties["Replicas"]] == [
        {"PointInTimeRecoveryEnabled": True},
        {"PointInTimeRecoveryEnabled": True},
    ]


def should_be_strongly_consistent_with_a_witness(table: Resource) -> None:
    assert table.properties["MultiRegionConsistency"] == "STRONG"
    assert table.properties["GlobalTableWitnesses"] == [{"Region": "us-east-2"}]


def should_have_a_sort_key_from_the_first_day(table: Resource) -> None:
    assert [key["AttributeName"] for key in table.properties["KeySchema"]] == ["pk", "sk"]


def should_have_an_index_for_each_list_and_for_what_is_due(table: Resource) -> None:
    """The attributes that the stores of lambdas/ read and order by."""
    keys = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for index in table.properties["GlobalSecondaryIndexes"]
    }
    assert keys.pop(due.INDEX) == [due.SHARD, due.AT]
    assert keys.pop(OWNED) == ["owner", "uploaded_key"]
    assert keys.pop(UPLOADS) == ["uploads", "uploaded_key"]
    assert keys == {order.index: ["listed", order.attribute] for order in ORDERS.values()}


def should_count_failed_log_ins_where_they_are_forgotten(assembly: Assembly) -> None:
    throttles = named(assembly, "twinhull-throttles").properties
    assert throttles["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert throttles.get("MultiRegionConsistency", "EVENTUAL") == "EVENTUAL"
    assert {replica["Region"] for replica in throttles["Replicas"]} == {"us-east-1", "us-west-2"}


def should_need_no_witness_when_it_is_eventual(synthesize: Callable[..., Assembly]) -> None:
    table = named(synthesize(consistency="eventual"), "twinhull-users")
    assert table.properties.get("MultiRegionConsistency", "EVENTUAL") == "EVENTUAL"
    assert "GlobalTableWitnesses" not in table.properties


def should_apply_an_override_to_every_replica() -> None:
    stack = any_stack()
    any_table(stack, deletion_protection=False, table_class=dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS)
    (table,) = Template.from_stack(stack).find_resources("AWS::DynamoDB::GlobalTable").values()
    replicas = table["Properties"]["Replicas"]
    assert [replica["DeletionProtectionEnabled"] for replica in replicas] == [False, False]
    assert {replica["TableClass"] for replica in replicas} == {"STANDARD_INFREQUENT_ACCESS"}


def should_let_items_expire_only_where_it_is_eventual() -> None:
    with pytest.raises(ValueError, match="leave it out, or choose consistency='eventual'"):
        any_table(any_stack(), time_to_live_attribute="expires_at")
    stack = any_stack()
    any_table(stack, consistency="eventual", time_to_live_attribute="expires_at")
    (table,) = Template.from_stack(stack).find_resources("AWS::DynamoDB::GlobalTable").values()
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def should_give_each_replica_once_and_again() -> None:
    table = any_table(any_stack())
    assert table.replica("us-west-2") is table.replica("us-west-2")
    assert table.replica("us-east-1") is table.table


def should_have_no_replica_where_it_only_witnesses() -> None:
    with pytest.raises(ValueError, match="us-east-2 serves nothing"):
        any_table(any_stack()).replica("us-east-2")


def should_belong_into_a_stack_of_the_primary_region() -> None:
    with pytest.raises(ValueError, match=r"give the stack env=Environment\(region='us-east-1'\)"):
        any_table(any_stack("us-west-2"))


@pytest.mark.parametrize("region", REGIONS.serving)
def should_grant_the_replica_of_the_grantees_own_region(region: str) -> None:
    stack = any_stack()
    table = any_table(stack)
    other = cdk.Stack(stack.node.root, "other", env=cdk.Environment(region=region))  # type: ignore[arg-type]
    role = iam.Role(other, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))

    table.grant(role, "dynamodb:GetItem")

    (policy,) = Template.from_stack(other).find_resources("AWS::IAM::Policy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "dynamodb:GetItem"
    assert f":dynamodb:{region}:" in text(statement["Resource"])


def should_grant_an_index_only_to_who_queries_it() -> None:
    stack = any_stack()
    indexes = [Index(name=name, partition_key=name, sort_key="b", projected=["c"]) for name in ("i", "j")]
    table = any_table(stack, indexes=indexes)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))

    table.grant(role, "dynamodb:GetItem")
    table.grant(role, "dynamodb:Query", indexes=["j"])

    (policy,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    granted = {
        each["Action"]: text(each["Resource"]) for each in policy["Properties"]["PolicyDocument"]["Statement"]
    }
    assert granted["dynamodb:GetItem"].endswith(":table/any")
    assert granted["dynamodb:Query"].endswith(":table/any/index/j")


def should_refuse_to_grant_an_index_that_is_not_there() -> None:
    stack = any_stack()
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    with pytest.raises(ValueError, match="grant got the index k; the table has: none"):
        any_table(stack).grant(role, "dynamodb:Query", indexes=["k"])


@pytest.mark.parametrize("pattern", ["dynamodb:*", "dynamodb:Get*", "*"])
def should_refuse_a_pattern_of_actions(pattern: str) -> None:
    stack = any_stack()
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    with pytest.raises(ValueError, match="name each action, like 'dynamodb:GetItem'"):
        any_table(stack).grant(role, "dynamodb:GetItem", pattern)


def should_refuse_a_grantee_whose_region_is_unknown() -> None:
    with pytest.raises(ValueError, match="ServicePrincipal is in no stack"):
        any_table(any_stack()).grant(iam.ServicePrincipal("any.amazonaws.com"), "dynamodb:GetItem")


def should_refuse_a_grantee_of_a_region_without_a_replica() -> None:
    stack = any_stack()
    table = any_table(stack)
    witness = cdk.Stack(stack.node.root, "w", env=cdk.Environment(region="us-east-2"))  # type: ignore[arg-type]
    role = iam.Role(witness, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    with pytest.raises(ValueError, match="us-east-2 serves nothing"):
        table.grant(role, "dynamodb:GetItem")


def should_hold_the_session_keys_where_requests_are_served(assembly: Assembly) -> None:
    secret = secrets(assembly)["twinhull/keys"]
    assert secret.region == "us-east-1"
    assert secret.properties["ReplicaRegions"] == [{"Region": "us-west-2"}]
    generated = secret.properties["GenerateSecretString"]
    assert (generated["SecretStringTemplate"], generated["GenerateStringKey"]) == ('{"sign": "a"}', "a")
    assert generated["PasswordLength"] == 64


@pytest.mark.parametrize(
    ("primary", "secondary", "witness", "replicas"),
    [
        ("eu-west-1", "eu-west-2", "eu-west-3", {"eu-west-2", "us-east-1"}),
        pytest.param("us-east-1", "us-west-2", "us-east-2", {"us-west-2"}, marks=pytest.mark.proof),
        pytest.param("us-west-2", "us-east-1", "us-east-2", {"us-east-1"}, marks=pytest.mark.proof),
    ],
)
def should_hold_the_origin_secret_once_in_each_serving_region_and_at_the_edge(
    primary: str, secondary: str, witness: str, replicas: set[str], synthesize: Callable[..., Assembly]
) -> None:
    triple = {"primary_region": primary, "secondary_region": secondary, "witness_region": witness}
    secret = secrets(synthesize(**triple))["twinhull/origin"]
    assert secret.region == primary
    named = [replica["Region"] for replica in secret.properties["ReplicaRegions"]]
    assert sorted(named) == sorted(replicas)


def should_refuse_a_secret_that_its_own_region_does_not_hold() -> None:
    with pytest.raises(ValueError, match="add us-east-1, the region of the stack itself"):
        ReplicatedSecret(
            any_stack(), "S", secret_name="any", regions=["eu-west-1"], template={}, generated_key="a"
        )


def should_grant_a_secret_in_the_grantees_own_region() -> None:
    stack = any_stack()
    secret = ReplicatedSecret(
        stack, "S", secret_name="any", regions=REGIONS.serving, template={}, generated_key="a"
    )
    other = cdk.Stack(stack.node.root, "o", env=cdk.Environment(region="us-west-2"))  # type: ignore[arg-type]
    for id in ("One", "Two"):
        secret.grant_read(iam.Role(other, id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))

    policies = Template.from_stack(other).find_resources("AWS::IAM::Policy").values()
    statements = [policy["Properties"]["PolicyDocument"]["Statement"] for policy in policies]
    assert [[statement["Action"] for statement in each] for each in statements] == [
        ["secretsmanager:GetSecretValue"],
        ["secretsmanager:GetSecretValue"],
    ]
    assert {text(each[0]["Resource"]) for each in statements} == {
        "arn:${AWS::Partition}:secretsmanager:us-west-2:${AWS::AccountId}:secret:any-??????"
    }


def secrets(assembly: Assembly) -> dict[str, Resource]:
    return {found.properties["Name"]: found for found in assembly.resources("AWS::SecretsManager::Secret")}
