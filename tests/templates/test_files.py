"""Buckets for what people send, and how one region's files come to the other."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from tests.templates.constructs import any_stack, work_queue
from tests.templates.reading import replications
from tools.assembly import Assembly, Resource
from tools.readable import text
from twinhull import BucketReplication, ReplicatedBucket

REGIONS = ("us-east-1", "us-west-2")


def peer(region: str) -> str:
    return REGIONS[1 - REGIONS.index(region)]


def uploads(assembly: Assembly) -> dict[str, Resource]:
    """Region → its bucket."""
    return {
        one.region: one
        for one in assembly.resources("AWS::S3::Bucket")
        if "-uploads-" in text(one.properties["BucketName"])
    }


@pytest.mark.parametrize("region", REGIONS)
def should_keep_every_version_of_a_file_in_private_and_encrypted(region: str, assembly: Assembly) -> None:
    bucket = uploads(assembly)[region]
    assert bucket.stack == f"twinhull-stateful-{region}"
    assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert "AES256" in str(bucket.properties["BucketEncryption"])
    assert bucket.body["DeletionPolicy"] == "RetainExceptOnCreate"
    (policy,) = (
        one
        for one in assembly.resources("AWS::S3::BucketPolicy", stack=bucket.stack)
        if one.properties["Bucket"] == {"Ref": bucket.id}
    )
    statements = policy.properties["PolicyDocument"]["Statement"]
    assert [(one["Effect"], one["Condition"]) for one in statements] == [
        ("Deny", {"Bool": {"aws:SecureTransport": "false"}}),
        ("Deny", {"NumericLessThan": {"s3:TlsVersion": 1.2}}),
    ]


@pytest.mark.parametrize("region", REGIONS)
def should_let_no_version_of_a_file_expire(region: str, assembly: Assembly) -> None:
    """The first version that was claimed counts, and a later one makes it noncurrent until it is removed."""
    rules = uploads(assembly)[region].properties.get("LifecycleConfiguration", {}).get("Rules", [])
    assert [name for rule in rules for name in rule if "Expiration" in name or "Transition" in name] == []


@pytest.mark.parametrize("region", REGIONS)
def should_take_in_only_what_was_sent_to_its_own_region(region: str, assembly: Assembly) -> None:
    """A replica's arrival is an event as well."""
    (rule,) = (
        one for one in assembly.resources("AWS::Events::Rule", stack="-compute-") if _is_arrival(one, region)
    )
    pattern = rule.properties["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    (bucket,) = pattern["detail"]["bucket"]["name"]
    assert text(bucket) == f"twinhull-uploads-${{AWS::AccountId}}-{region}"
    assert pattern["detail"]["object"]["key"] == [{"prefix": f"uploads/{region}/"}]


def _is_arrival(rule: Resource, region: str) -> bool:
    return rule.region == region and "aws.s3" in str(rule.properties.get("EventPattern"))


def should_tell_of_arrivals_without_naming_who_hears_of_them(assembly: Assembly) -> None:
    """A bucket that named a queue of a later stack would make both stacks need each other."""
    for bucket in uploads(assembly).values():
        assert bucket.properties["NotificationConfiguration"] == {
            "EventBridgeConfiguration": {"EventBridgeEnabled": True}
        }
    assert [one.id for one in assembly.resources("Custom::S3BucketNotifications")] == []


def should_lose_no_arrival_that_cannot_be_delivered() -> None:
    stack = any_stack()
    work = work_queue(stack)
    ReplicatedBucket.on_arrival(stack, "Arrival", bucket_name="any", prefix="any/", queue=work)
    template = Template.from_stack(stack)
    (rule,) = template.find_resources("AWS::Events::Rule").values()
    (target,) = rule["Properties"]["Targets"]
    dead = stack.get_logical_id(work.dead_letter_queue.node.default_child)  # type: ignore[arg-type]
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": [dead, "Arn"]}}


@pytest.mark.parametrize("region", REGIONS)
def should_replicate_a_regions_own_files_to_the_other_one(region: str, assembly: Assembly) -> None:
    call = replications(assembly)[region]
    assert (call["service"], call["action"]) == ("S3", "PutBucketReplication")
    assert call["parameters"]["Bucket"] == f"twinhull-uploads-${{AWS::AccountId}}-{region}"
    (rule,) = call["parameters"]["ReplicationConfiguration"]["Rules"]
    assert rule["Filter"] == {"Prefix": f"uploads/{region}/"}
    assert rule["Destination"]["Bucket"].endswith(f":::twinhull-uploads-${{AWS::AccountId}}-{peer(region)}")


def should_never_copy_a_copy_back(assembly: Assembly) -> None:
    prefixes = [
        rule["Filter"]["Prefix"]
        for call in replications(assembly).values()
        for rule in call["parameters"]["ReplicationConfiguration"]["Rules"]
    ]
    assert sorted(prefixes) == [f"uploads/{region}/" for region in REGIONS]


def should_replicate_no_deletion(assembly: Assembly) -> None:
    """What is purged is deleted by version, in each bucket; a marker set by mistake stays in one."""
    for call in replications(assembly).values():
        (rule,) = call["parameters"]["ReplicationConfiguration"]["Rules"]
        assert rule["DeleteMarkerReplication"] == {"Status": "Disabled"}


def should_switch_replication_on_when_both_buckets_are_there(assembly: Assembly) -> None:
    stateful = {f"twinhull-stateful-{region}" for region in REGIONS}
    for one in assembly.resources("Custom::BucketReplication"):
        assert one.stack == f"twinhull-replication-{one.region}"
        after, seen = {one.stack}, set[str]()
        while after - seen:
            stack = (after - seen).pop()
            seen.add(stack)
            needed = assembly.stacks[stack]["dependencies"]
            after |= {name for name in needed if name in assembly.stacks}
        assert stateful <= after
    for bucket in uploads(assembly).values():
        assert "ReplicationConfiguration" not in bucket.properties


def should_let_s3_copy_nothing_but_those_files() -> None:
    stack = any_stack()
    BucketReplication(stack, "Replication", source="here", destination="there", prefix="files/here/")
    template = Template.from_stack(stack)
    (role,) = (
        id
        for id, one in template.find_resources("AWS::IAM::Role").items()
        if "s3.amazonaws.com" in str(one["Properties"]["AssumeRolePolicyDocument"])
    )
    (policy,) = (
        one["Properties"]["PolicyDocument"]["Statement"]
        for one in template.find_resources("AWS::IAM::Policy").values()
        if one["Properties"]["Roles"] == [{"Ref": role}]
    )
    arn = "arn:${AWS::Partition}:s3:::"
    assert {text(one["Resource"]): set(one["Action"]) for one in policy} == {
        f"{arn}here": {"s3:GetReplicationConfiguration", "s3:ListBucket"},
        f"{arn}here/files/here/*": {
            "s3:GetObjectVersionForReplication",
            "s3:GetObjectVersionAcl",
            "s3:GetObjectVersionTagging",
        },
        f"{arn}there/files/here/*": {"s3:ReplicateObject", "s3:ReplicateTags"},
    }


def should_let_whoever_switches_it_on_pass_this_one_role_to_s3() -> None:
    stack = any_stack()
    replication = BucketReplication(
        stack, "Replication", source="here", destination="there", prefix="files/here/"
    )
    role = stack.get_logical_id(replication.role.node.default_child)  # type: ignore[arg-type]
    statements = [
        statement
        for one in Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
    ]
    assert [(one["Resource"], one["Condition"]) for one in statements if one["Action"] == "iam:PassRole"] == [
        (
            {"Fn::GetAtt": [role, "Arn"]},
            {"StringEquals": {"iam:PassedToService": "s3.amazonaws.com"}},
        )
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"destination": "here"}, "source and destination are both 'here'; name two buckets"),
        ({"prefix": ""}, "prefix is ''; end it with a slash"),
        ({"prefix": "files"}, "prefix is 'files'; end it with a slash"),
    ],
)
def should_refuse_a_replication_into_itself_or_of_everything(
    arguments: dict[str, str], sentence: str
) -> None:
    names: dict[str, Any] = {"source": "here", "destination": "there", "prefix": "files/here/", **arguments}
    with pytest.raises(ValueError, match=sentence):
        BucketReplication(any_stack(), "Replication", **names)


def should_refuse_to_grant_a_pattern() -> None:
    work = work_queue(any_stack())
    with pytest.raises(ValueError, match=r"grant got s3:Get\*; name each action"):
        ReplicatedBucket.grant(work.function, "s3:Get*", bucket_name="any")


def should_let_browsers_send_files_from_any_page_by_a_form(assembly: Assembly) -> None:
    for bucket in uploads(assembly).values():
        (rule,) = bucket.properties["CorsConfiguration"]["CorsRules"]
        assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == (["*"], ["POST", "GET"])


def should_expire_old_versions() -> None:
    stack = any_stack()
    ReplicatedBucket(stack, "Bucket", bucket_name=f"any-{cdk.Aws.ACCOUNT_ID}")
    Template.from_stack(stack).has_resource_properties(
        "AWS::S3::Bucket",
        {
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                        "Status": "Enabled",
                    }
                ]
            }
        },
    )
