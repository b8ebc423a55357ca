"""Rules of the deployed whole that are taken out, for as long as a block lasts."""

import asyncio
import io
import json
import re
import threading
import time
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from aiohttp import web
from boto3.dynamodb.types import TypeSerializer
from yarl import URL

from local.edge.distribution import Behaviour, read_distribution
from local.edge.key_value_store import KeyValueStores
from local.edge.origin_client import OriginClient, region_of
from local.edge.server import Edge
from local.emulator_process import Emulator
from local.keys import INTERNAL_HEADER
from tests.cloud import Cloud
from tests.local.emulated import client as client_of
from tests.local.emulated import deploy

Edit = Callable[[str], str]


@contextmanager
def redeployed(
    cloud: Cloud,
    functions: tuple[str, ...],
    *,
    edits: Mapping[str, Edit] | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Functions of both regions with other code or variables, as a bad deployment would leave them."""
    aws = cloud.aws
    undo: list[Callable[[], object]] = []
    try:
        for region in cloud.regions:
            client = aws.functions(region)
            for deployed in client.list_functions()["Functions"]:
                name = str(deployed["FunctionName"])
                if any(f"-compute-{region}-{function}" in name for function in functions):
                    undo += _redeploy(cloud, client, deployed, edits or {}, variables or {})
        assert undo
        yield
    finally:
        for each in reversed(undo):
            each()


def _redeploy(
    cloud: Cloud, client: Any, deployed: Any, edits: Mapping[str, Edit], variables: Mapping[str, str]
) -> list[Callable[[], object]]:
    name = deployed["FunctionName"]
    served = client.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    known = deployed["Environment"]["Variables"]
    location = client.get_function(FunctionName=name)["Code"]["Location"]
    # MiniStack gives it out unsigned, and nothing is served here without a key.
    request = urllib.request.Request(location, headers={INTERNAL_HEADER: cloud.keys.internal})
    with urllib.request.urlopen(request) as answer:
        package = answer.read()
    if edits:
        client.update_function_code(FunctionName=name, ZipFile=_edited(package, edits))
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {**known, **variables}})
    version = client.publish_version(FunctionName=name)["Version"]
    client.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
    return [
        lambda: client.update_function_configuration(FunctionName=name, Environment={"Variables": known}),
        lambda: client.update_function_code(FunctionName=name, ZipFile=package),
        lambda: client.update_alias(FunctionName=name, Name="live", FunctionVersion=served),
    ]


def _edited(package: bytes, edits: Mapping[str, Edit]) -> bytes:
    """The same package with other sources; their bytecode, which would win over them, is left out."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            source = re.sub(r"__pycache__/(\w+)\.[\w-]+\.pyc$", r"\1.py", info.filename)
            if source not in edits:
                new.writestr(info, old.read(info))
            elif source == info.filename:
                before = old.read(info).decode()
                after = edits[source](before)
                assert after != before, f"{source} is as it was"
                new.writestr(info, after)
    return made.getvalue()


@contextmanager
def replaying_edge(cloud: Cloud) -> Iterator[str]:
    """The deployed distribution, whose router and edge let writes fail over as they let reads."""
    endpoint = cloud.config["aws"]["endpoint"]
    aws = cloud.aws
    [found] = aws.cloudfront().list_distributions()["DistributionList"]["Items"]
    deployed = read_distribution(aws.cloudfront(), found["Id"])
    behaviours = tuple(map(_letting_writes_fail_over, deployed.behaviours))
    assert behaviours != deployed.behaviours
    distribution = replace(
        deployed,
        behaviours=behaviours,
        origins={id: replace(each, read_timeout=WAITS) for id, each in deployed.origins.items()},
    )
    origins = {region: URL(each["url"]) for region, each in cloud.config["origins"].items()}
    loop, started, ended = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    ports: list[int] = []

    async def serve() -> None:
        stores = KeyValueStores(URL(endpoint), cloud.keys)
        edge = Edge(
            distribution,
            origins=OriginClient(lambda domain: origins[region_of(domain)], cloud.keys),
            read_store=stores.read,
            location=cloud.regions[0],
        )
        runner = web.ServerRunner(web.Server(edge.answer, access_log=None), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.append(runner.addresses[0][1])
        started.set()
        await ended.wait()
        await runner.cleanup()
        await edge.close()
        await stores.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    with patch("local.edge.server.READS", _Everything()):
        thread.start()
        try:
            assert started.wait(30)
            yield f"http://localhost:{ports[0]}"
        finally:
            loop.call_soon_threadsafe(ended.set)
            thread.join(30)
            loop.close()


WAITS = 6.0
"""Seconds until that edge repeats a write: longer than its sender waits, shorter than CloudFront's 12."""


class _Everything:
    def __contains__(self, _: object) -> bool:
        return True


def _letting_writes_fail_over(behaviour: Behaviour) -> Behaviour:
    function = behaviour.viewer_request
    if function is None:
        return behaviour
    code = function.code.replace("READS.includes(request.method)", "true")
    return replace(behaviour, viewer_request=replace(function, code=code))


@contextmanager
def eventual_users(cloud: Cloud) -> Iterator[str]:
    """The users' table once more, as an ordinary global table, with nobody in it but the administrator."""
    name = f"users-{uuid.uuid4().hex[:8]}"
    endpoint = cloud.config["aws"]["endpoint"]
    emulator = cast(Emulator, SimpleNamespace(url=endpoint, keys=cloud.keys))
    primary, secondary = cloud.regions
    cloudformation = cloud.aws.cloudformation(primary)
    names = [stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]]
    [stack] = [name for name in names if name.endswith(f"-stateful-{primary}")]
    template: Mapping[str, Any] = cloudformation.get_template(StackName=stack)["TemplateBody"]
    [table] = [
        resource
        for resource in template["Resources"].values()
        if resource["Properties"].get("MultiRegionConsistency") == "STRONG"
    ]
    properties = {key: value for key, value in table["Properties"].items() if key not in STRONG_ONLY}
    properties["TableName"] = name
    deploy(emulator, name, {"Resources": {"Table": {**table, "Properties": properties}}}, region=primary)
    here, there = (client_of(emulator, "dynamodb", region) for region in (primary, secondary))
    [administrator] = here.scan(
        TableName=cloud.config["table"]["name"],
        FilterExpression="email = :email",
        ExpressionAttributeValues={":email": TypeSerializer().serialize(cloud.admin["email"])},
    )["Items"]
    here.put_item(TableName=name, Item=administrator)
    key = {"TableName": name, "Key": {each: administrator[each] for each in ("pk", "sk")}}
    deadline = time.monotonic() + 30
    while "Item" not in there.get_item(**key):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with _granted(emulator, name):
        yield name


@contextmanager
def _granted(emulator: Emulator, table: str) -> Iterator[None]:
    """Let every function use a table that no template grants."""
    iam = client_of(emulator, "iam")
    statement = {
        "Effect": "Allow",
        "Action": "dynamodb:*",
        "Resource": f"arn:aws:dynamodb:*:*:table/{table}*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    pages = iam.get_paginator("list_roles").paginate()
    roles = [role["RoleName"] for page in pages for role in page["Roles"] if "-compute-" in role["RoleName"]]
    assert roles
    for role in roles:
        iam.put_role_policy(RoleName=role, PolicyName=table, PolicyDocument=policy)
    try:
        yield
    finally:
        for role in roles:
            iam.delete_role_policy(RoleName=role, PolicyName=table)


STRONG_ONLY = frozenset({"MultiRegionConsistency", "GlobalTableWitnesses"})
