"""Who may do what: each permission by its name, in its own region, and no more."""

import re
from typing import Any

import pytest

from tests.templates.reading import granted, listed, statements
from tools.assembly import Assembly, Resource
from tools.readable import text

REGIONS = ("us-east-1", "us-west-2")

#: Functions that are in the primary region only, and the secrets that they write there.
WRITES = {"key_rotation": {"keys"}}

#: Function → its actions on each table, and the secrets that it reads.
MAY: dict[str, tuple[dict[str, set[str]], set[str]]] = {
    "accounts": (
        {
            "users": {"GetItem", "PutItem", "UpdateItem"},
            "throttles": {"GetItem", "PutItem", "DeleteItem"},
        },
        {"keys", "origin"},
    ),
    "directory": ({"users": {"GetItem", "UpdateItem"}}, {"keys", "origin"}),
    "health": ({"users": {"GetItem"}}, {"origin"}),
    "operator": ({"users": {"GetItem", "PutItem", "UpdateItem"}, "users-at-*": {"GetItem", "Scan"}}, set()),
    "key_rotation": ({}, {"keys"}),
    "notifier": ({"users": {"GetItem", "UpdateItem"}}, {"keys"}),
    "sweeper": ({"users": {"GetItem", "UpdateItem", "DeleteItem"}}, set()),
    "uploads": ({"users": {"GetItem", "PutItem"}}, {"keys", "origin"}),
    "intake": ({"users": {"GetItem", "PutItem", "UpdateItem", "DeleteItem"}}, set()),
}

#: Function → the indexes of the users' table that it queries.
QUERIES = {
    "directory": {"registered", "name", "email"},
    "operator": {"due"},
    "sweeper": {"due", "owned"},
    "uploads": {"owned", "uploads"},
}

WORK = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")

#: Function → its actions on queues, each with the construct's name.
QUEUES = {
    "accounts": {("SendMessage", "Notices")},
    "directory": {("SendMessage", "Notices")},
    "sweeper": {("SendMessage", "Notices"), ("SendMessage", "Arrivals")},
    "intake": {("SendMessage", "Notices"), *((action, "Arrivals") for action in WORK)},
    "notifier": {(action, "Notices") for action in WORK},
}

OWN, PEER = "own", "peer"

#: Function → (what it may do with files, in which region's bucket, which objects; None: the bucket itself).
FILES: dict[str, set[tuple[str, str, str | None]]] = {
    "uploads": {
        ("PutObject", OWN, "uploads/{region}/"),
        *(("GetObjectVersion", where, "uploads/") for where in (OWN, PEER)),
        ("ListBucket", OWN, None),
    },
    "intake": {
        ("GetObject", OWN, "uploads/"),
        ("GetObjectVersion", OWN, "uploads/"),
        ("ListBucket", OWN, None),
        *(("DeleteObjectVersion", where, "uploads/") for where in (OWN, PEER)),
        *(("ListBucketVersions", where, None) for where in (OWN, PEER)),
    },
    "sweeper": {
        *(("DeleteObjectVersion", where, "uploads/") for where in (OWN, PEER)),
        *(("ListBucketVersions", where, None) for where in (OWN, PEER)),
    },
}

PLACES = [(name, region) for name in MAY for region in REGIONS if name not in WRITES or region == REGIONS[0]]

COPIES_FILES = (
    "The CDK's own function that copies the page into our bucket; nobody can invoke it by a request."
)

#: (Construct, action) → why it may be a pattern.
REVIEWED_ACTIONS = {
    ("Custom::CDKBucketDeployment", action): COPIES_FILES
    for action in ("s3:GetObject*", "s3:GetBucket*", "s3:List*", "s3:DeleteObject*", "s3:Abort*")
}

#: (Construct, action) → why it may be allowed on everything.
REVIEWED_RESOURCES = {
    (
        "".join(map(str.capitalize, function.split("_"))),
        action,
    ): "X-Ray has no resources to name: it accepts traces for an account."
    for function in MAY.keys() - {"health", "key_rotation", "sweeper"}
    for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
}

#: (Construct, policy) → why a policy of AWS's is attached, which may change without us.
REVIEWED_MANAGED = {
    (
        "AWS679f53fac002430cb0da5b7982bd2287",
        "AWSLambdaBasicExecutionRole",
    ): "The CDK's own function behind a custom resource; it only logs.",
    ("Custom::CDKBucketDeployment", "AWSLambdaBasicExecutionRole"): COPIES_FILES,
}


def construct(resource: Resource) -> str:
    """The part of a construct's path below its stack, without the CDK's hash."""
    return re.sub(r"[0-9A-F]{32}$", "", resource.path.split("/")[1])


def should_find_the_statements_that_it_judges(assembly: Assembly) -> None:
    assert len(list(statements(assembly))) > 20


def should_expect_something_of_every_function(assembly: Assembly) -> None:
    assert {(name, region) for region, name in assembly.functions()} == set(PLACES)


@pytest.mark.parametrize(("function", "region"), PLACES)
def should_grant_each_function_what_it_needs_in_its_own_region(
    function: str, region: str, assembly: Assembly
) -> None:
    tables, secrets = MAY[function]
    here = f"{region}:${{AWS::AccountId}}"
    arn = f"arn:${{AWS::Partition}}:dynamodb:{here}:table/twinhull"
    secret = f"arn:${{AWS::Partition}}:secretsmanager:{here}:secret:twinhull"
    expected: set[tuple[str, str]] = set()
    for table, actions in tables.items():
        expected |= {(f"dynamodb:{action}", f"{arn}-{table}") for action in actions}
    expected |= {("dynamodb:Query", f"{arn}-users/index/{index}") for index in QUERIES.get(function, set())}
    if function == "notifier":
        page = f"arn:${{AWS::Partition}}:ssm:{here}:parameter/twinhull/page"
        expected.add(("ssm:GetParameter", page))
    expected |= {("secretsmanager:GetSecretValue", f"{secret}/{name}-??????") for name in secrets}
    written = WRITES.get(function, set())
    expected |= {("secretsmanager:PutSecretValue", f"{secret}/{name}-??????") for name in written}

    buckets = {OWN: region, PEER: next(one for one in REGIONS if one != region)}
    for action, where, prefix in FILES.get(function, set()):
        bucket = f"arn:${{AWS::Partition}}:s3:::twinhull-uploads-${{AWS::AccountId}}-{buckets[where]}"
        objects = "" if prefix is None else f"/{prefix.format(region=region)}*"
        expected.add((f"s3:{action}", bucket + objects))

    found = set(granted(assembly, region, function))
    on_queues = {
        (action, re.sub(r"[0-9A-F]{8}\.Arn", "", queue)) for action, queue in found if action[:4] == "sqs:"
    }

    assert {grant for grant in found if not grant[0].startswith(("logs:", "xray:", "sqs:"))} == expected
    assert on_queues == {(f"sqs:{action}", f"${{{queue}}}") for action, queue in QUEUES.get(function, set())}


@pytest.mark.parametrize(("function", "region"), PLACES)
def should_let_a_function_write_only_its_own_logs(function: str, region: str, assembly: Assembly) -> None:
    own = assembly.functions()[region, function].properties["LoggingConfig"]["LogGroup"]["Ref"]
    logs = {grant for grant in granted(assembly, region, function) if grant[0].startswith("logs:")}
    assert logs == {("logs:CreateLogStream", f"${{{own}.Arn}}"), ("logs:PutLogEvents", f"${{{own}.Arn}}")}


def should_name_each_action(assembly: Assembly) -> None:
    patterns = {
        (construct(resource), action)
        for resource, statement in statements(assembly)
        for action in listed(statement["Action"])
        if "*" in action
    }
    assert patterns == set(REVIEWED_ACTIONS)


def should_name_each_resource(assembly: Assembly) -> None:
    unbounded = {
        (construct(resource), action)
        for resource, statement in statements(assembly)
        if "*" in listed(statement.get("Resource", ""))
        for action in listed(statement["Action"])
    }
    assert unbounded == set(REVIEWED_RESOURCES)


def should_attach_only_reviewed_policies_of_aws(assembly: Assembly) -> None:
    attached = {
        (construct(role), text(arn).rpartition("/")[2])
        for role in assembly.resources("AWS::IAM::Role")
        for arn in role.properties.get("ManagedPolicyArns", [])
    }
    assert attached == set(REVIEWED_MANAGED)


def should_never_allow_what_is_not_listed(assembly: Assembly) -> None:
    """`NotAction`, `NotResource` and `NotPrincipal` allow whatever AWS will add one day."""
    assert [
        statement for _, statement in statements(assembly) if any(key.startswith("Not") for key in statement)
    ] == []


def should_open_nothing_to_everybody(assembly: Assembly) -> None:
    public = [
        (resource.id, statement)
        for resource, statement in statements(assembly)
        if statement.get("Principal") in ("*", {"AWS": "*"})
    ]
    assert public == []


def should_give_no_name_to_iam_resources(assembly: Assembly) -> None:
    """IAM is global: the second region, or the second deployment, would find the name taken."""
    kinds = ("Role", "ManagedPolicy", "User", "Group", "InstanceProfile")
    roles = list(assembly.resources(*(f"AWS::IAM::{kind}" for kind in kinds)))
    assert len(roles) > 10
    assert [
        role.id for role in roles for key in role.properties if key in {f"{kind}Name" for kind in kinds}
    ] == []


def should_name_no_secret_of_another_region(assembly: Assembly) -> None:
    arns = [
        (resource.region, found)
        for resource in assembly.resources()
        for found in re.findall(r":secretsmanager:([^:]*):(?!SecretString)", str(strings(resource.body)))
    ]
    assert len(arns) >= 10
    assert [(here, named) for here, named in arns if here != named] == []


@pytest.mark.parametrize("kind", ["stateful", "compute"])
def should_name_the_other_region_in_no_arn(kind: str, assembly: Assembly) -> None:
    for resource in assembly.resources(stack=f"-{kind}-"):
        (peer,) = set(REGIONS) - {resource.region}
        assert f":{peer}:" not in str(strings(resource.body)), resource.id


def strings(value: Any) -> Any:
    """A part of a template with each of its strings in one piece."""
    if isinstance(value, dict):
        if set(value) & {"Fn::Join", "Fn::Sub"}:
            return text(value)
        return {key: strings(each) for key, each in value.items()}
    return [strings(each) for each in value] if isinstance(value, list) else value
