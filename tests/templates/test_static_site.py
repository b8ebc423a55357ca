"""The bucket of the site, and what is copied into it."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from aws_cdk.assertions import Template

from twinhull import StaticSite


def any_stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Any", env=cdk.Environment(region="eu-west-1"))


def any_source(folder: Path) -> s3_deployment.ISource:
    (folder / "any.txt").write_text("any")
    return s3_deployment.Source.asset(str(folder))


def bucket_of(template: Template) -> dict[str, Any]:
    (bucket,) = template.find_resources("AWS::S3::Bucket").values()
    return dict(bucket)


def copied(template: Template) -> dict[str, Any]:
    (deployment,) = template.find_resources("Custom::CDKBucketDeployment").values()
    return deployment["Properties"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def template() -> Template:
    stack = any_stack()
    StaticSite(stack, "Site", bucket_name="any-site")
    return Template.from_stack(stack)


@pytest.fixture(scope="module")
def statements(template: Template) -> list[dict[str, Any]]:
    (policy,) = template.find_resources("AWS::S3::BucketPolicy").values()
    return policy["Properties"]["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]


def should_make_a_private_versioned_encrypted_bucket(template: Template) -> None:
    properties = bucket_of(template)["Properties"]

    assert properties["BucketName"] == "any-site"
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert properties["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"] == [
        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    ]


def should_keep_old_versions_for_a_month(template: Template) -> None:
    (rule,) = bucket_of(template)["Properties"]["LifecycleConfiguration"]["Rules"]

    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def should_outlive_its_stack_but_not_a_failed_first_deployment(template: Template) -> None:
    bucket = bucket_of(template)
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.parametrize(
    "condition",
    [{"Bool": {"aws:SecureTransport": "false"}}, {"NumericLessThan": {"s3:TlsVersion": 1.2}}],
)
def should_refuse_plain_http_and_old_tls(statements: list[dict[str, Any]], condition: dict[str, Any]) -> None:
    (denied,) = (each for each in statements if each["Condition"] == condition)

    assert (denied["Effect"], denied["Action"], denied["Principal"]) == ("Deny", "s3:*", {"AWS": "*"})
    assert len(denied["Resource"]) == 2


def should_let_only_distributions_of_this_account_read(statements: list[dict[str, Any]]) -> None:
    """Naming the one distribution would make the stacks of bucket and edge depend on each other."""
    allowed = {each["Action"]: each for each in statements if each["Effect"] == "Allow"}
    own = ["arn:", {"Ref": "AWS::Partition"}, ":cloudfront::", {"Ref": "AWS::AccountId"}, ":distribution/*"]

    assert set(allowed) == {"s3:GetObject", "s3:ListBucket"}
    for each in allowed.values():
        assert each["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert each["Condition"] == {"ArnLike": {"aws:SourceArn": {"Fn::Join": ["", own]}}}
    assert allowed["s3:GetObject"]["Resource"]["Fn::Join"][1][1] == "/*"
    assert set(allowed["s3:ListBucket"]["Resource"]) == {"Fn::GetAtt"}


def should_let_browsers_keep_assets_and_keep_the_old_ones(tmp_path: Path) -> None:
    stack = any_stack()
    StaticSite(stack, "Site", bucket_name="any-site").publish_assets(any_source(tmp_path))

    properties = copied(Template.from_stack(stack))

    assert properties["SystemMetadata"] == {"cache-control": "public, max-age=31536000, immutable"}
    assert properties["Prune"] is False
    assert properties["RetainOnDelete"] is True


def should_make_browsers_ask_for_pages_anew_and_keep_the_assets(tmp_path: Path) -> None:
    stack = any_stack()
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "any-site")
    StaticSite.publish_pages(stack, "Pages", any_source(tmp_path), bucket=bucket)

    properties = copied(Template.from_stack(stack))

    assert properties["DestinationBucketName"] == "any-site"
    assert properties["SystemMetadata"] == {"cache-control": "no-cache"}
    assert properties["Prune"] is False


def should_put_the_users_wishes_last() -> None:
    stack = any_stack()
    StaticSite(
        stack,
        "Site",
        bucket_name="any-site",
        removal_policy=cdk.RemovalPolicy.DESTROY,
        minimum_tls_version=1.3,
    )

    bucket = bucket_of(Template.from_stack(stack))

    assert bucket["DeletionPolicy"] == "Delete"
    assert "1.3" in str(Template.from_stack(stack).find_resources("AWS::S3::BucketPolicy"))
