"""What tests of the emulator have in common: clients, and small stacks deployed by CloudFormation's API."""

import json
import time
from typing import Any

import boto3
from botocore.config import Config

from local.emulator_process import Emulator

HOME, OTHER = "us-east-1", "us-west-2"


def client(emulator: Emulator, service: str, region: str = HOME, config: Config | None = None) -> Any:
    """A client of boto3 that talks to the emulator, in one region."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=emulator.url,
        region_name=region,
        aws_access_key_id=emulator.keys.access_key_id,
        aws_secret_access_key=emulator.keys.secret_access_key,
        config=config,
    )


def deploy(
    emulator: Emulator, stack: str, template: dict[str, Any], *, region: str = HOME, update: bool = False
) -> dict[str, str]:
    """Create or update a stack and return its outputs; an AssertionError tells why it failed."""
    cloudformation = client(emulator, "cloudformation", region)
    operation = cloudformation.update_stack if update else cloudformation.create_stack
    operation(StackName=stack, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    deadline = time.monotonic() + 20
    while True:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if described["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        if not described["StackStatus"].endswith("IN_PROGRESS") or time.monotonic() > deadline:
            events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
            raise AssertionError([event.get("ResourceStatusReason") for event in events])
        time.sleep(0.05)


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    """A resource of a template."""
    return {"Type": kind, "Properties": properties}


def drained(emulator: Emulator, url: str, count: int, region: str = HOME) -> list[str]:
    """The bodies of `count` messages, which are taken out of a queue as soon as they are there."""
    sqs = client(emulator, "sqs", region)
    bodies: list[str] = []
    while len(bodies) < count:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
        assert answer.get("Messages"), f"after 20 seconds {url} has given {bodies}"
        for message in answer["Messages"]:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(bodies)


def role(*actions: str) -> dict[str, Any]:
    """A function's role that may do this, on every resource."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = {"PolicyName": "granted", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    return resource(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [trust]},
        Policies=[policy] if actions else [],
    )


FUNCTION = """
import os, sys, time
def handler(event, context):
    print("called")
    time.sleep(event.get("sleep", 0))
    return {"pid": os.getpid(), "paths": sys.path, "environment": dict(os.environ)}
"""


def function_template(code: str = FUNCTION) -> dict[str, Any]:
    """A template of a role and a function `sample`."""
    return {
        "Resources": {
            "Role": resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Statement": []}),
            "Function": resource(
                "AWS::Lambda::Function",
                FunctionName="sample",
                Handler="index.handler",
                Runtime="python3.13",
                Timeout=30,
                Role={"Fn::GetAtt": ["Role", "Arn"]},
                Code={"ZipFile": code},
            ),
        }
    }
