"""Every stack and every construct as it was last reviewed.

`make test ARGS=--snapshot-update` accepts a change; the diff of the snapshots is what a reviewer reads.
"""

import re
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from syrupy.assertion import SnapshotAssertion

from tests.templates import constructs as any_of
from tests.templates.order import STACKS
from tools.assembly import Assembly
from tools.readable import in_a_line, masked, readable
from tools.republished import shipped

#: They have a snapshot of their own.
ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")


def should_have_a_snapshot_of_each_stack(assembly: Assembly) -> None:
    assert set(STACKS) == set(assembly.stacks)


@pytest.mark.parametrize("stack", STACKS)
def should_synthesize_the_reviewed_stack(
    stack: str, assembly: Assembly, snapshot_json: SnapshotAssertion
) -> None:
    template = assembly.templates[stack]
    kept = {id: body for id, body in template["Resources"].items() if body["Type"] not in ALARMS}
    assert readable({**template, "Resources": kept}) == snapshot_json


def should_synthesize_the_reviewed_alarms(assembly: Assembly, snapshot_json: SnapshotAssertion) -> None:
    """Each in a line: what it looks at, from when on, how often, and whom it tells."""
    lines = {
        f"{one.region} {one.properties['AlarmName']}": in_a_line(one.properties)
        for one in assembly.resources(*ALARMS)
    }
    assert lines == snapshot_json


@pytest.mark.parametrize("build", any_of.BUILDERS, ids=lambda build: build.__name__)
def should_synthesize_the_reviewed_construct(
    build: Callable[[cdk.Stack], object], snapshot_json: SnapshotAssertion
) -> None:
    region = "us-east-1" if build is any_of.firewall else any_of.REGIONS.primary
    stack = cdk.Stack(cdk.App(), "any", env=cdk.Environment(region=region))
    build(stack)
    assert readable(dict(Template.from_stack(stack).to_json())) == snapshot_json


def should_keep_every_logical_id(assembly: Assembly, snapshot_json: SnapshotAssertion) -> None:
    """A resource with another id is another resource: CloudFormation replaces it, with all it holds."""
    ids = {
        stack: {
            id: f"{body['Type']} {body.get('Metadata', {}).get('aws:cdk:path', '').partition('/')[2]}"
            for id, body in template["Resources"].items()
        }
        for stack, template in assembly.templates.items()
    }
    assert masked(ids) == snapshot_json


def should_not_depend_on_code_or_dependencies(assembly: Assembly) -> None:
    templates = str([readable(template) for template in assembly.templates.values()])
    # The CDK's name for the function by which its custom resources call AWS, whatever its code.
    templates = templates.replace("AWS679f53fac002430cb0da5b7982bd2287", "")
    assert not re.findall(r"[0-9a-f]{32,}", templates)


def should_ship_each_module_with_the_reviewed_functions(snapshot_json: SnapshotAssertion) -> None:
    """A line of a module republishes the functions that are named here, and no others."""
    assert shipped() == snapshot_json
