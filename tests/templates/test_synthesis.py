"""Synthesis: what it needs, which is nothing, and what it never makes."""

import filecmp
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.templates.order import STACKS
from tests.tiers import first
from tools.assembly import Assembly
from twinhull.packaging import find_interpreter

ROOT = Path(__file__).resolve().parent.parent.parent

TRIPLES = {
    "EU": ("eu-west-1", "eu-west-2", "eu-west-3"),
    "AP": ("ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
}

#: Runs app.py where neither Python nor Node can connect to anything, or even ask for an address.
NO_NETWORK = """
import runpy, sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise SystemExit(f"app.py used the network: {event} {arguments}")
sys.addaudithook(refuse)
runpy.run_path("app.py", run_name="__main__")
"""
NO_NETWORK_NODE = """
const refuse = (...args) => { console.error("node used the network", args[0]); process.exit(86); };
require("net").Socket.prototype.connect = refuse;
require("dns").lookup = refuse;
"""


@pytest.fixture(scope="module", params=first(TRIPLES.values()), ids=list(TRIPLES))
def abroad(request: pytest.FixtureRequest, synthesize: Callable[..., Assembly]) -> Assembly:
    """An assembly for regions outside the US."""
    primary, secondary, witness = request.param
    return synthesize(primary_region=primary, secondary_region=secondary, witness_region=witness)


def templates(assembly: Path) -> list[str]:
    return sorted(path.name for path in assembly.glob("*.template.json"))


def should_deploy_one_region_after_the_other(assembly: Assembly) -> None:
    after = {
        stack: {name for name in artifact["dependencies"] if not name.endswith(".assets")}
        for stack, artifact in assembly.stacks.items()
    }
    assert set(after) == set(STACKS)
    for earlier, later in itertools.pairwise(STACKS):
        assert earlier in after[later]
    for position, stack in enumerate(STACKS):
        assert after[stack] <= set(STACKS[:position])


def should_protect_what_must_survive_from_termination(assembly: Assembly) -> None:
    protected = {
        stack
        for stack, artifact in assembly.stacks.items()
        if artifact["properties"].get("terminationProtection")
    }
    assert protected == {"twinhull-stateful-us-east-1", "twinhull-stateful-us-west-2"}


def should_know_regions_but_no_account(assembly: Assembly) -> None:
    environments = {artifact["environment"] for artifact in assembly.stacks.values()}
    assert environments == {"aws://unknown-account/us-east-1", "aws://unknown-account/us-west-2"}


def should_publish_pages_from_the_last_stacks_only(assembly: Assembly) -> None:
    def publishers(cache_control: str) -> set[str]:
        return {
            found.stack
            for found in assembly.resources("Custom::CDKBucketDeployment")
            if cache_control in found.properties["SystemMetadata"]["cache-control"]
        }

    assert publishers("no-cache") == {"twinhull-pages-us-east-1", "twinhull-pages-us-west-2"}
    assert publishers("immutable") == {"twinhull-stateful-us-east-1", "twinhull-stateful-us-west-2"}


def should_look_nothing_up(assembly: Assembly) -> None:
    assert assembly.manifest.get("missing", []) == []


def should_pass_nothing_between_regions_by_a_custom_resource(assembly: Assembly) -> None:
    custom = {found.type for found in assembly.resources() if found.type.startswith("Custom::")}
    # What files bring up to date, and replication that is switched on, stay in their own region.
    assert custom == {"Custom::CDKBucketDeployment", "Custom::BucketReplication"}


def should_import_nothing_that_another_stack_exports(assembly: Assembly) -> None:
    """An export cannot change while it is imported, nor its stack be made anew."""
    for stack, template in assembly.templates.items():
        assert "Fn::ImportValue" not in json.dumps(template), stack
        assert [out for out in template.get("Outputs", {}).values() if "Export" in out] == []


def should_tell_operators_where_everything_is(assembly: Assembly) -> None:
    outputs = {
        stack: {name for name in template.get("Outputs", {}) if not name.startswith("PublishOutput")}
        for stack, template in assembly.templates.items()
    }
    names = ("Accounts", "Directory", "Health", "Intake", "Operator", "Notifier", "Sweeper", "Uploads")
    functions = {f"{name}Function" for name in names}
    compute = {"ApiDomain", "TableName", "NoticesQueueUrl", "NoticesDeadLetterQueueUrl", *functions}
    compute |= {"ArrivalsQueueUrl", "ArrivalsDeadLetterQueueUrl"}
    assert outputs == {
        "twinhull-stateful-us-east-1": {"TableName"},
        "twinhull-stateful-us-west-2": set(),
        "twinhull-compute-us-east-1": {*compute, "KeyRotationFunction"},
        "twinhull-compute-us-west-2": compute,
        "twinhull-replication-us-east-1": set(),
        "twinhull-replication-us-west-2": set(),
        "twinhull-edge": {
            "Url",
            "DistributionId",
            "KeyValueStoreArn",
            "OriginSecret",
            "ReadinessPath",
            "Regions",
        },
        "twinhull-watch-us-east-1": {"WatchdogFunction", "WatchdogMode"},
        "twinhull-watch-us-west-2": {"WatchdogFunction", "WatchdogMode"},
        "twinhull-pages-us-east-1": set(),
        "twinhull-pages-us-west-2": set(),
    }


def should_put_each_stack_where_it_belongs(abroad: Assembly) -> None:
    for stack in abroad.stacks:
        assert abroad.region(stack) == ("us-east-1" if stack == "twinhull-edge" else stack.split("-", 2)[2])


def should_never_mention_the_default_regions_outside_the_edge(abroad: Assembly) -> None:
    for stack, template in abroad.templates.items():
        text = json.dumps(template)
        if stack.startswith("twinhull-stateful-") and "AWS::SecretsManager::Secret" in text:
            text = text.replace('{"Region": "us-east-1"}', "")  # the origin secret's replica for the edge
        if stack.startswith(("twinhull-watch-", "twinhull-pages-")):
            text = text.replace('"twinhull-edge", "Region": "us-east-1"', "").replace('"twinhull-edge"', "")
        if stack != "twinhull-edge":
            assert "us-east-" not in text, stack
        assert "us-west-" not in text or stack == "twinhull-edge", stack


def should_have_as_many_resources_in_every_set_of_regions(abroad: Assembly, assembly: Assembly) -> None:
    def counts(one: Assembly) -> list[int]:
        # Without the topics: the edge's stack has its own where no region serves from us-east-1.
        return sorted(
            sum(not body["Type"].startswith("AWS::SNS::") for body in template["Resources"].values())
            for template in one.templates.values()
        )

    assert counts(abroad) == counts(assembly)


def should_name_everything_after_the_deployment(synthesize: Callable[..., Assembly]) -> None:
    other = synthesize(name="shop")
    assert all(stack.startswith("shop-") for stack in other.stacks)
    named = {
        str(value)
        for found in other.resources()
        for key, value in found.properties.items()
        if key in ("TableName", "BucketName", "Name")
    }
    assert [name for name in named if "twinhull" in name] == []


@pytest.mark.proof
def should_write_the_same_templates_each_time(
    assembly: Assembly, synthesize: Callable[..., Assembly]
) -> None:
    again = synthesize()
    names = templates(assembly.path)
    same, _, _ = filecmp.cmpfiles(assembly.path, again.path, [*names, "packages.json"], shallow=False)
    assert len(names) == len(STACKS)
    assert sorted(same) == sorted([*names, "packages.json"])


@pytest.mark.slow
def should_need_no_account_no_credentials_and_no_network(assembly: Assembly, tmp_path: Path) -> None:
    block = tmp_path / "no-network.cjs"
    block.write_text(NO_NETWORK_NODE)
    out = tmp_path / "out"
    bare = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        # So that the CDK need not be unpacked again.
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(Path.home() / ".cache/aws/jsii/package-cache"),
        "NODE_OPTIONS": f"--require={block}",
        "CDK_OUTDIR": str(out),
        "CDK_VALIDATION": "false",
        # What compiles the packages is part of their hashes.
        **({"PYTHON313": str(compiler.executable)} if (compiler := find_interpreter("3.13")) else {}),
    }
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK], env=bare, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    same, _, _ = filecmp.cmpfiles(assembly.path, out, templates(assembly.path), shallow=False)
    assert sorted(same) == templates(assembly.path)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """What the CDK's own command line synthesizes, with every check of the CDK."""
    out = tmp_path_factory.mktemp("checked")
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CDK_VALIDATION": "true",
    }
    command = [str(ROOT / "node_modules/.bin/cdk"), "synth", "--quiet", "--strict", "--output", str(out)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Assembly(out)


@pytest.mark.slow
def should_pass_every_check_of_the_cdk(checked: Assembly) -> None:
    """`--strict` makes warnings errors, `validateAgainstDefaultRules` in cdk.json does so with findings."""
    report = json.loads((checked.path / "validation-report.json").read_text())
    assert [finding for plugin in report["pluginReports"] for finding in plugin.get("violations", [])] == []


@pytest.mark.proof
@pytest.mark.slow
def should_be_what_the_command_line_synthesizes(checked: Assembly, assembly: Assembly) -> None:
    names = templates(assembly.path)
    same, _, _ = filecmp.cmpfiles(assembly.path, checked.path, names, shallow=False)
    assert sorted(same) == names


@pytest.mark.slow
def should_fail_when_a_check_of_the_cdk_does(tmp_path: Path) -> None:
    """The same way of synthesizing, with a property that CloudFormation does not know."""
    broken = (
        "from stacks.application import Application\n"
        "from aws_cdk import CfnResource, Environment, Stack\n"
        f"app = Application(outdir={str(tmp_path)!r})\n"
        "stack = Stack(app, 'any', env=Environment(region='eu-west-1'))\n"
        "CfnResource(stack, 'Any', type='AWS::SQS::Queue', properties={'QueueNam': 'any'})\n"
        "app.synth()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", broken],
        env={**os.environ, "CDK_VALIDATION": "true"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "QueueNam" in done.stderr


@pytest.mark.parametrize("name", ["Regions", "PythonPackage", "packaging"])
def should_find_what_needs_no_cdk_without_importing_it(name: str) -> None:
    code = f"import sys; from twinhull import {name}; print(sorted(set(sys.modules) & {{'aws_cdk', 'jsii'}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def should_offer_every_construct_by_name() -> None:
    import twinhull

    for name in twinhull.__all__:
        assert getattr(twinhull, name).__name__ == name
    assert set(twinhull.__all__) <= set(dir(twinhull))
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        twinhull.Nothing  # noqa: B018
