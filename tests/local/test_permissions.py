"""IAM as it is enforced on one machine: a function can do what its role is granted, and nothing else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloud import Cloud
from tests.local.people import any_email, any_registered, log_in, register
from tests.local.processes import tree_of


def client_of(cloud: Cloud, service: str, region: str, **credentials: Any) -> Any:
    endpoint = cloud.config["aws"]["endpoint"]
    return boto3.client(service, endpoint_url=endpoint, region_name=region, **credentials)  # type: ignore[call-overload]


def as_root(cloud: Cloud, service: str, region: str) -> Any:
    keys = cloud.keys
    return client_of(
        cloud,
        service,
        region,
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
    )


def role_of(cloud: Cloud, region: str, function: str) -> str:
    """The name of the role of a deployed function."""
    prefix = f"twinhull-compute-{region}-{function}"
    listed = as_root(cloud, "lambda", region).list_functions()["Functions"]
    [role] = [each["Role"] for each in listed if each["FunctionName"].startswith(prefix)]
    return str(role).rpartition("/")[2]


@contextmanager
def without(cloud: Cloud, region: str, function: str, action: str, resource: str) -> Iterator[str]:
    """Take one action on one resource from a function's role, for as long as the block lasts."""
    iam = as_root(cloud, "iam", region)
    role = role_of(cloud, region, function)
    [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    before = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    after = json.loads(json.dumps(before))
    for statement in after["Statement"]:
        if str(statement["Resource"]).endswith(resource):
            statement["Action"] = [each for each in statement["Action"] if each != action]
    assert after != before
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(after))
    try:
        yield role
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(before))


def denials_of(cloud: Cloud, role: str) -> set[tuple[str, str]]:
    """(Action, resource) that a role was denied."""
    lines = (cloud.home / "emulator" / "decisions.jsonl").read_text().splitlines()
    decisions = [json.loads(line) for line in lines]
    return {
        (each["action"], each["resource"])
        for each in decisions
        if each["role"] == role and not each["allowed"]
    }


def environments_of_functions(cloud: Cloud) -> list[dict[str, str]]:
    """The environment of each function's process."""
    found = []
    for pid, command in tree_of(cloud.process.pid).items():
        if command.endswith("/_worker.py"):
            lines = Path(f"/proc/{pid}/environ").read_text().split("\0")
            found.append(dict(line.split("=", 1) for line in lines if line))
    return found


@pytest.mark.denied("dynamodb:PutItem")
def should_register_nobody_when_the_role_may_not_write_users(cloud: Cloud) -> None:
    region = cloud.regions[0]
    api = cloud.origins[region]
    known = any_registered(api)
    before = denials_of(cloud, role_of(cloud, region, "Accounts"))
    with without(cloud, region, "Accounts", "dynamodb:PutItem", ":table/twinhull-users") as role:
        answer = register(api, any_email())
        assert (answer.status, answer.code) == (503, "unavailable")
        assert log_in(api, known.email).status == 201
        assert cloud.as_admin("GET", "/api/v1/users").status == 200
        table = f"arn:aws:dynamodb:{region}:000000000000:table/twinhull-users"
        # Other tests of this cloud are denied other things.
        assert denials_of(cloud, role) - before == {("dynamodb:PutItem", table)}
    assert register(api, any_email()).status == 201


def should_give_each_function_the_session_of_its_role_and_no_other_key(cloud: Cloud) -> None:
    any_registered(cloud.edge)
    environments = environments_of_functions(cloud)
    assert len(environments) > 3
    for environment in environments:
        region, name = environment["AWS_REGION"], environment["AWS_LAMBDA_FUNCTION_NAME"]
        caller = as_function(cloud, environment, "sts").get_caller_identity()["Arn"]
        function = as_root(cloud, "lambda", region).get_function_configuration(FunctionName=name)
        assert caller == (
            f"arn:aws:sts::000000000000:assumed-role/{function['Role'].rpartition('/')[2]}/{name}"
        )
        values = str(environment)
        for secret in (cloud.keys.access_key_id, cloud.keys.secret_access_key, cloud.keys.internal):
            assert secret not in values


def as_function(cloud: Cloud, environment: dict[str, str], service: str) -> Any:
    """A client that signs as a function does."""
    return client_of(
        cloud,
        service,
        environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
    )


@pytest.mark.denied("dynamodb:Scan", "iam:ListRoles", "secretsmanager:PutSecretValue")
def should_deny_a_function_what_its_role_is_not_granted(cloud: Cloud) -> None:
    any_registered(cloud.edge)
    environment = next(
        each for each in environments_of_functions(cloud) if "-Accounts" in each["AWS_LAMBDA_FUNCTION_NAME"]
    )
    table = environment["TABLE_NAME"]
    dynamodb = as_function(cloud, environment, "dynamodb")
    nobody = {"pk": {"S": "nobody"}, "sk": {"S": "nobody"}}
    assert "Item" not in dynamodb.get_item(TableName=table, Key=nobody)
    secrets = as_function(cloud, environment, "secretsmanager")
    iam = as_function(cloud, environment, "iam")
    with pytest.raises(ClientError, match="AccessDenied"):
        dynamodb.scan(TableName=table)
    with pytest.raises(ClientError, match="AccessDenied"):
        secrets.put_secret_value(SecretId=environment["KEYS_SECRET"], SecretString="{}")
    with pytest.raises(ClientError, match="AccessDenied"):
        iam.list_roles()
