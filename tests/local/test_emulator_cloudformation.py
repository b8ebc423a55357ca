"""What our templates need and MiniStack lacks or drops: each with a small stack of its own."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.emulator_process import ACCOUNT, Emulator
from tests.local.emulated import HOME, OTHER, client, deploy, resource


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("emulator"), workers=2) as emulator:
        yield emulator


def put_archive(emulator: Emulator, bucket: str, **files: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for name, content in files.items():
            writer.writestr(name, content)
    s3 = client(emulator, "s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="files.zip", Body=archive.getvalue())


def deployment(source: str, destination: object, **properties: Any) -> dict[str, Any]:
    return resource(
        "Custom::CDKBucketDeployment",
        **{
            "ServiceToken": "arn:aws:lambda:us-east-1:000000000000:function:never-called",
            "SourceBucketNames": [source],
            "SourceObjectKeys": ["files.zip"],
            "DestinationBucketName": destination,
            "Prune": False,
            **properties,
        },
    )


def should_deploy_files_with_their_types_and_cache_control(emulator: Emulator) -> None:
    put_archive(
        emulator, "source-files", **{"en/index.html": "<p>site: NAME</p>", "app.js": "1", "font.woff2": "f"}
    )
    template = {
        "Resources": {
            "Bucket": resource("AWS::S3::Bucket", BucketName="deployed-files"),
            "Files": deployment(
                "source-files",
                {"Ref": "Bucket"},
                DestinationBucketKeyPrefix="v1",
                SourceMarkers=[{"NAME": "twinhull"}],
                SystemMetadata={"cache-control": "public, max-age=31536000, immutable"},
            ),
        },
    }
    s3 = client(emulator, "s3")
    deploy(emulator, "files", template)
    page = s3.get_object(Bucket="deployed-files", Key="v1/en/index.html")
    assert page["Body"].read() == b"<p>site: twinhull</p>"
    assert page["ContentType"] == "text/html"
    assert page["CacheControl"] == "public, max-age=31536000, immutable"
    types = {
        key: s3.head_object(Bucket="deployed-files", Key=f"v1/{key}")["ContentType"]
        for key in ("app.js", "font.woff2")
    }
    assert types == {"app.js": "text/javascript", "font.woff2": "font/woff2"}


def should_keep_earlier_files_when_a_deployment_changes(emulator: Emulator) -> None:
    put_archive(emulator, "source-one", old="1")
    put_archive(emulator, "source-two", new="2")

    def template(source: str) -> dict[str, Any]:
        return {
            "Resources": {
                "Bucket": resource("AWS::S3::Bucket", BucketName="grows"),
                "Files": deployment(source, {"Ref": "Bucket"}),
            }
        }

    deploy(emulator, "grows", template("source-one"))
    deploy(emulator, "grows", template("source-two"), update=True)
    listed = client(emulator, "s3").list_objects_v2(Bucket="grows")["Contents"]
    assert {one["Key"] for one in listed} == {"old", "new"}


@pytest.mark.parametrize(
    "beyond",
    [
        {"Prune": True},
        {"RetainOnDelete": False},
        {"DistributionId": "E1", "WaitForDistributionInvalidation": True},
    ],
)
def should_refuse_a_deployment_that_it_cannot_do(emulator: Emulator, beyond: dict[str, Any]) -> None:
    name = f"refused-{next(iter(beyond)).lower()}"
    put_archive(emulator, f"source-{name}", one="1")
    template = {
        "Resources": {
            "Bucket": resource("AWS::S3::Bucket", BucketName=name),
            "Files": deployment(f"source-{name}", {"Ref": "Bucket"}, **beyond),
        }
    }
    with pytest.raises(AssertionError, match="Custom::CDKBucketDeployment: "):
        deploy(emulator, name, template)


def should_configure_buckets_as_the_template_says(emulator: Emulator) -> None:
    properties = {
        "BucketName": "configured",
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
            ]
        },
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                }
            ]
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
        "Tags": [{"Key": "owner", "Value": "twinhull"}],
    }
    s3 = client(emulator, "s3")
    deploy(emulator, "configured", {"Resources": {"Bucket": resource("AWS::S3::Bucket", **properties)}})
    (encryption,) = s3.get_bucket_encryption(Bucket="configured")["ServerSideEncryptionConfiguration"][
        "Rules"
    ]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket="configured")["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    (ownership,) = s3.get_bucket_ownership_controls(Bucket="configured")["OwnershipControls"]["Rules"]
    assert ownership == {"ObjectOwnership": "ObjectWriter"}
    assert s3.get_bucket_tagging(Bucket="configured")["TagSet"] == properties["Tags"]
    # The CDK publishes its assets like this, without naming a key.
    s3.put_object(Bucket="configured", Key="asset", Body=b"1", ServerSideEncryption="aws:kms")

    del properties["LifecycleConfiguration"]
    deploy(
        emulator,
        "configured",
        {"Resources": {"Bucket": resource("AWS::S3::Bucket", **properties)}},
        update=True,
    )
    with pytest.raises(s3.exceptions.ClientError, match="lifecycle"):
        s3.get_bucket_lifecycle_configuration(Bucket="configured")


def should_generate_secrets_by_all_rules_and_replicate_them(emulator: Emulator) -> None:
    rules = {
        "SecretStringTemplate": '{"sign": "a"}',
        "GenerateStringKey": "a",
        "PasswordLength": 200,
        "ExcludePunctuation": True,
        "ExcludeUppercase": True,
    }
    template = {
        "Resources": {
            "Secret": resource(
                "AWS::SecretsManager::Secret",
                Name="generated",
                GenerateSecretString=rules,
                ReplicaRegions=[{"Region": OTHER}],
            )
        }
    }
    deploy(emulator, "secret", template)
    values = [
        client(emulator, "secretsmanager", region).get_secret_value(SecretId="generated")
        for region in (HOME, OTHER)
    ]
    assert values[0]["SecretString"] == values[1]["SecretString"]
    assert f":{OTHER}:" in values[1]["ARN"]
    value = json.loads(values[0]["SecretString"])
    assert value["sign"] == "a"
    assert len(value["a"]) == 200
    assert set(value["a"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789")


def should_resolve_outputs_of_stacks_in_other_regions(emulator: Emulator) -> None:
    producer = {
        "Resources": {
            "Secret": resource("AWS::SecretsManager::Secret", Name="there", SecretString='{"a":"hidden"}')
        },
        "Outputs": {"Here": {"Value": {"Ref": "AWS::Region"}}},
    }
    deploy(emulator, "producer", producer, region=OTHER)
    deploy(emulator, "producer", producer, region=HOME)
    reference = {"Fn::GetStackOutput": {"StackName": "producer", "Region": OTHER, "OutputName": "Here"}}
    consumer = {
        "Resources": {
            "Parameter": resource(
                "AWS::SSM::Parameter",
                Name="seen",
                Type="String",
                Value={"Fn::Join": [".", ["api", reference]]},
            ),
        }
    }
    deploy(emulator, "consumer", consumer, region=HOME)
    seen = client(emulator, "ssm").get_parameter(Name="seen")["Parameter"]["Value"]
    assert seen == f"api.{OTHER}"


def should_put_a_secret_into_the_headers_of_a_distribution(emulator: Emulator) -> None:
    client(emulator, "secretsmanager").create_secret(Name="origin", SecretString='{"a": "hidden"}')
    origin = {
        "Id": "api",
        "DomainName": "api.example.com",
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"},
        "OriginCustomHeaders": [
            {
                "HeaderName": "x-origin-verify",
                "HeaderValue": "{{resolve:secretsmanager:origin:SecretString:a}}",
            }
        ],
    }
    config = {
        "Enabled": True,
        "Origins": [origin],
        "DefaultCacheBehavior": {"TargetOriginId": "api", "ViewerProtocolPolicy": "https-only"},
    }
    template = {
        "Resources": {"Distribution": resource("AWS::CloudFront::Distribution", DistributionConfig=config)},
        "Outputs": {"Id": {"Value": {"Ref": "Distribution"}}},
    }
    identity = deploy(emulator, "distribution", template)["Id"]
    deployed = client(emulator, "cloudfront").get_distribution_config(Id=identity)["DistributionConfig"]
    (header,) = deployed["Origins"]["Items"][0]["CustomHeaders"]["Items"]
    assert header == {"HeaderName": "x-origin-verify", "HeaderValue": "hidden"}


def should_answer_a_stack_operation_when_it_is_done(emulator: Emulator) -> None:
    cloudformation = client(emulator, "cloudformation")
    template = {"Resources": {"One": resource("AWS::SSM::Parameter", Name="one", Type="String", Value="1")}}
    cloudformation.create_change_set(
        StackName="prompt", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=json.dumps(template)
    )
    cloudformation.execute_change_set(StackName="prompt", ChangeSetName="first")
    (stack,) = cloudformation.describe_stacks(StackName="prompt")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def should_queue_calls_beyond_the_cap_of_a_function(emulator: Emulator) -> None:
    code = (
        "import os, time\n"
        "def handler(event, context):\n"
        "    time.sleep(0.2)\n"
        "    print('called by', event['number'])\n"
        "    return os.getpid()\n"
    )
    template = {
        "Resources": {
            "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": []}),
            "Function": resource(
                "AWS::Lambda::Function",
                FunctionName="capped",
                Handler="index.handler",
                Runtime="python3.13",
                Role={"Fn::GetAtt": ["Role", "Arn"]},
                Code={"ZipFile": code},
            ),
        }
    }
    deploy(emulator, "capped", template)
    functions = client(emulator, "lambda")

    def call(number: int) -> Any:
        answer = functions.invoke(FunctionName="capped", Payload=json.dumps({"number": number}).encode())
        assert "FunctionError" not in answer
        return json.load(answer["Payload"])

    with ThreadPoolExecutor(8) as pool:
        processes = list(pool.map(call, range(8)))
    assert len(set(processes)) == 2
    logs = client(emulator, "logs")
    deadline = time.monotonic() + 5
    while True:
        events = logs.filter_log_events(logGroupName="/aws/lambda/capped")["events"]
        lines = {event["message"].strip() for event in events if event["message"].startswith("called by")}
        if len(lines) == 8 or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert lines == {f"called by {number}" for number in range(8)}


def should_have_one_account(emulator: Emulator) -> None:
    assert client(emulator, "sts").get_caller_identity()["Account"] == ACCOUNT
